//! Chance that falls the same way each time: a small seeded generator (SplitMix64), and hashes of names made with it.

pub struct Dice(u64);

impl Dice {
    /// A dice that any text falls on alike in every run.
    pub fn of(text: &str) -> Dice {
        // FNV-1a.
        Dice(
            text.bytes()
                .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)),
        )
    }

    /// The dice of one thing among many: each falls by itself, so that they can be made in any order.
    pub fn numbered(seed: u64, number: u64) -> Dice {
        Dice(Dice(Dice(seed).next() ^ number).next())
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `low` to below `high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low).max(1)
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }

    pub fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> Option<&'a T> {
        let at = usize::try_from(self.between(0, list.len() as u64)).unwrap_or(0);
        list.get(at).copied()
    }

    pub fn hex(&mut self, digits: usize) -> String {
        let mut out = String::new();
        while out.len() < digits {
            out.push_str(&format!("{:016X}", self.next()));
        }
        out.truncate(digits);
        out
    }
}
