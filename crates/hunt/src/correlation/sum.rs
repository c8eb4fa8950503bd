//! A sum of numbers that come and go, exact however large some of them are.

/// Parts that do not overlap, the least first: together they are the sum, to the last bit (Shewchuk's expansion).
#[derive(Debug, Clone, Default)]
pub(super) struct Sum {
    parts: Vec<f64>,
    count: usize,
}

impl Sum {
    pub fn add(&mut self, number: f64) {
        self.count += 1;
        self.take(number);
    }

    pub fn remove(&mut self, number: f64) {
        self.count = self.count.saturating_sub(1);
        self.take(-number);
    }

    /// `None` where there is no number.
    pub fn value(&self) -> Option<f64> {
        (self.count > 0).then(|| self.parts.iter().rev().sum())
    }

    fn take(&mut self, mut number: f64) {
        let mut kept = Vec::with_capacity(self.parts.len() + 1);
        for part in self.parts.drain(..) {
            let (large, small) = if number.abs() < part.abs() { (part, number) } else { (number, part) };
            number = large + small;
            let rest = small - (number - large);
            if rest != 0.0 {
                kept.push(rest);
            }
        }
        kept.push(number);
        self.parts = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_and_goes_leaves_nothing_behind() {
        let mut sum = Sum::default();
        for number in [0.1, 1e200, 0.2, 1e100] {
            sum.add(number);
        }
        sum.remove(1e200);
        sum.remove(1e100);
        assert_eq!(sum.value(), Some(0.1 + 0.2));
        sum.remove(0.1);
        sum.remove(0.2);
        assert_eq!(sum.value(), None);
    }
}
