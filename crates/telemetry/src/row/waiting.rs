//! Waiting: the texts of a record's times, kept until it shows whether they count. Sysmon's events say three times each, of
//! which one is enough.

/// How many may wait.
const PLACES: usize = 6;

/// Times in the order in which they were set.
#[derive(Default)]
pub struct Waiting {
    text: String,
    /// The rank of each, and where its text ends.
    ends: [(u8, usize); PLACES],
    count: usize,
}

impl Waiting {
    /// Whether there was room.
    pub fn push(&mut self, rank: u8, text: &str) -> bool {
        let Some(place) = self.ends.get_mut(self.count) else { return false };
        self.text.push_str(text);
        *place = (rank, self.text.len());
        self.count += 1;
        true
    }

    pub fn texts(&self) -> impl Iterator<Item = (u8, &str)> {
        let mut start = 0;
        self.ends.iter().take(self.count).map(move |(rank, end)| {
            let text = self.text.get(start..*end).unwrap_or_default();
            start = *end;
            (*rank, text)
        })
    }

    pub fn clear(&mut self) {
        super::empty(&mut self.text);
        self.count = 0;
    }
}
