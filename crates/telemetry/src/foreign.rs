//! Foreign text: bytes that are no UTF-8, read as the code page of Windows in the West, which knows a character for every byte.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;

/// A text. Only what of it is no UTF-8 is read in the other way; it is borrowed where all is.
pub fn utf8(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(bytes.len() + bytes.len() / 8);
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Folder, cell, read};

    #[test]
    fn every_byte_is_a_character() {
        assert!(matches!(utf8("grün".as_bytes()), Cow::Borrowed("grün")));
        assert_eq!(utf8(b"M\xfcller \x80 \xe2\x82 \x81"), "Müller € â‚ \u{81}");
        assert_eq!(utf8("é".repeat(2).as_bytes().iter().chain(b"\xe9").copied().collect::<Vec<_>>().as_slice()), "ééé");
    }

    #[test]
    fn text_that_is_no_utf_8_is_read_in_every_format_and_told() {
        let xml = b"<Event><System><EventID>1</EventID><Channel>A</Channel></System><EventData><Data Name='Image'>M\xfcller</Data></EventData></Event>";
        let lines = b"{\"EventID\":1,\"Channel\":\"A\",\"Image\":\"M\xfcller\"}\n{\"EventID\":2,\"Channel\":\"A\"}\n";
        let list = b"[{\"EventID\":1,\"Channel\":\"A\",\"Image\":\"M\xfcller\"}]";
        let csv = b"EventID,Channel,Image,Gr\xf6\xdfe\n1,A,M\xfcller,7\n2,A,x,\n";
        for (name, bytes) in [("a.xml", &xml[..]), ("a.json", lines), ("b.json", list), ("a.csv", csv)] {
            let folder = Folder::new().with(name, bytes);
            // Whatever is asked for.
            for names in [&["System_EventID", "Image"][..], &["System_EventID"]] {
                let (batch, report) = read(&folder.evidence(), names);
                let said = "1 record holds text that is no UTF-8, which is read as Windows-1252";
                assert_eq!(report.files[0].describe().as_deref(), Some(said), "{name}");
                let first = (0..batch.num_rows()).find(|row| cell(&batch, "System_EventID", *row) == "1").unwrap();
                if names.contains(&"Image") {
                    assert_eq!(cell(&batch, "Image", first), "Müller", "{name}");
                }
            }
        }
    }
}
