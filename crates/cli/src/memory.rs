//! Memory as the user writes it.

/// The least that readers and the engine can work in.
const LEAST: usize = 128 << 20;

/// `512MiB`, `2 GB`, `1073741824`.
pub fn parse(text: &str) -> Result<usize, String> {
    let trimmed = text.trim();
    let end = trimmed.find(|c: char| !c.is_ascii_digit()).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(end);
    let factor: Option<usize> = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => Some(1),
        "k" | "kb" | "kib" => Some(1 << 10),
        "m" | "mb" | "mib" => Some(1 << 20),
        "g" | "gb" | "gib" => Some(1 << 30),
        _ => None,
    };
    let bytes = number.parse::<usize>().ok().zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
    match bytes {
        Some(bytes) if bytes >= LEAST => Ok(bytes),
        Some(_) => Err("too little; 128MiB is the least".to_owned()),
        None => Err("no size; write 512MiB or 2GiB".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        assert_eq!(parse("2GiB"), Ok(2 << 30));
        assert_eq!(parse("512 mb"), Ok(512 << 20));
        assert_eq!(parse("1073741824"), Ok(1 << 30));
        for wrong in ["", "GiB", "-1", "2TiB2", "99999999999999999999", "1MiB"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
