//! MD5, SHA-1 and SHA-256: their values identify files in evidence; nothing here keeps a secret.

pub(super) fn md5(bytes: &[u8]) -> [u8; 16] {
    const TURNS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded(bytes, u64::to_le_bytes).as_chunks::<64>().0 {
        let words: Vec<u32> = block.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect();
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64_usize {
            let (mixed, at) = match step / 16 {
                0 => ((b & c) | (!b & d), step),
                1 => ((d & b) | (!d & c), 5 * step + 1),
                2 => (b ^ c ^ d, 3 * step + 5),
                _ => (c ^ (b | !d), 7 * step),
            };
            // The constants of MD5 are the sines of the steps.
            let sine = (((step + 1) as f64).sin().abs() * 4_294_967_296.0) as u32;
            let word = words.get(at % 16).copied().unwrap_or(0);
            let turn = TURNS.get(step / 16).and_then(|turns| turns.get(step % 4)).copied().unwrap_or(0);
            let sum = a.wrapping_add(mixed).wrapping_add(sine).wrapping_add(word);
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(turn)));
        }
        state = added(state, [a, b, c, d]);
    }
    joined(&state, u32::to_le_bytes)
}

pub(super) fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in padded(bytes, u64::to_be_bytes).as_chunks::<64>().0 {
        let words = expanded::<80>(block, |word| (word(3) ^ word(8) ^ word(14) ^ word(16)).rotate_left(1));
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (step, word) in words.into_iter().enumerate() {
            let (mixed, constant) = match step / 20 {
                0 => ((b & c) | (!b & d), 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc_u32),
                _ => (b ^ c ^ d, 0xca62_c1d6),
            };
            let sum = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e).wrapping_add(constant).wrapping_add(word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, sum);
        }
        state = added(state, [a, b, c, d, e]);
    }
    joined(&state, u32::to_be_bytes)
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut state =
        [0x6a09_e667_u32, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
    let constants = cube_roots();
    for block in padded(bytes, u64::to_be_bytes).as_chunks::<64>().0 {
        let words = expanded::<64>(block, |word| {
            let (near, far) = (word(2), word(15));
            let near = near.rotate_right(17) ^ near.rotate_right(19) ^ (near >> 10);
            let far = far.rotate_right(7) ^ far.rotate_right(18) ^ (far >> 3);
            word(16).wrapping_add(far).wrapping_add(word(7)).wrapping_add(near)
        });
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        for (word, constant) in words.into_iter().zip(constants) {
            let turned = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let chosen = (e & f) ^ (!e & g);
            let first = h.wrapping_add(turned).wrapping_add(chosen).wrapping_add(constant).wrapping_add(word);
            let turned = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let second = turned.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(first), c, b, a, first.wrapping_add(second));
        }
        state = added(state, [a, b, c, d, e, f, g, h]);
    }
    joined(&state, u32::to_be_bytes)
}

/// The constants of SHA-256: the first 32 bits behind the point of the cube roots of the first 64 primes.
fn cube_roots() -> [u32; 64] {
    let mut primes = (2_u128..).filter(|number| (2..*number).all(|divisor| number % divisor != 0));
    std::array::from_fn(|_| {
        let wanted = primes.next().unwrap_or(2) << 96;
        let (mut low, mut high) = (0_u128, 1 << 36);
        while low < high {
            let middle = (low + high).div_ceil(2);
            if middle * middle * middle <= wanted {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        (low & 0xffff_ffff) as u32
    })
}

/// The message with a one bit, zeros and its length in bits, in whole blocks of 64 bytes.
fn padded(bytes: &[u8], length: fn(u64) -> [u8; 8]) -> Vec<u8> {
    let mut message = bytes.to_vec();
    message.push(0x80);
    message.resize((message.len() + 8).next_multiple_of(64) - 8, 0);
    message.extend(length((bytes.len() as u64).wrapping_mul(8)));
    message
}

/// The words of a block, and each further one from those that stand so many places before it.
fn expanded<const N: usize>(block: &[u8; 64], next: impl Fn(&dyn Fn(usize) -> u32) -> u32) -> [u32; N] {
    let mut words = [0; N];
    for (place, word) in words.iter_mut().zip(block.as_chunks::<4>().0) {
        *place = u32::from_be_bytes(*word);
    }
    for at in 16..N {
        let value = next(&|back| words.get(at - back).copied().unwrap_or(0));
        if let Some(place) = words.get_mut(at) {
            *place = value;
        }
    }
    words
}

fn added<const N: usize>(mut state: [u32; N], with: [u32; N]) -> [u32; N] {
    for (word, add) in state.iter_mut().zip(with) {
        *word = word.wrapping_add(add);
    }
    state
}

fn joined<const N: usize, const M: usize>(state: &[u32; N], bytes: fn(u32) -> [u8; 4]) -> [u8; M] {
    let mut out = [0; M];
    for (place, byte) in out.iter_mut().zip(state.iter().flat_map(|word| bytes(*word))) {
        *place = byte;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::hex;
    use super::*;

    #[test]
    fn digests_are_those_of_the_standards() {
        assert_eq!(hex(&md5(b"")), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hex(&md5(b"abc")), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(hex(&sha1(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        let long = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(hex(&sha1(long)), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
        assert_eq!(hex(&sha256(long)), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    }
}
