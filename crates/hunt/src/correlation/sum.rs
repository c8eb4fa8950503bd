//! A sum of numbers that come and go, exact however large some of them are.

/// The sum of a window's numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Sum {
    low: Expansion,
    /// Numbers so large that their sums may be no number, each made smaller by [`SCALE`].
    high: Expansion,
    count: usize,
}

/// Numbers from here on are added apart: as many as a machine holds of those below stay finite.
const LARGE: f64 = 1e250;
/// A power of two, so that nothing of a number is lost.
const SCALE: f64 = 1.0 / (1_u128 << 100) as f64;

impl Sum {
    pub fn add(&mut self, number: f64) {
        self.count += 1;
        self.take(number);
    }

    pub fn remove(&mut self, number: f64) {
        self.count = self.count.saturating_sub(1);
        self.take(-number);
    }

    /// `None` where there is no number; infinite where the sum is larger than any.
    pub fn value(&self) -> Option<f64> {
        let high = self.high.value();
        (self.count > 0).then(|| match high {
            0.0 => self.low.value(),
            _ => (high + self.low.value() * SCALE) / SCALE,
        })
    }

    /// The mean is finite also where the sum is not.
    pub fn mean(&self) -> Option<f64> {
        let sum = self.value()?;
        let count = self.count as f64;
        Some(if sum.is_finite() { sum / count } else { (self.high.value() / count) / SCALE })
    }

    fn take(&mut self, number: f64) {
        if number.abs() < LARGE {
            self.low.add(number);
        } else {
            self.high.add(number * SCALE);
        }
    }
}

/// Parts that do not overlap, the least first: together they are the sum, to the last bit (Shewchuk's expansion).
#[derive(Debug, Clone, Default)]
struct Expansion {
    parts: Vec<f64>,
}

impl Expansion {
    fn add(&mut self, mut number: f64) {
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

    fn value(&self) -> f64 {
        self.parts.iter().rev().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_and_goes_leaves_nothing_behind() {
        let mut sum = Sum::default();
        for number in [0.1, 1e200, 0.2, 1e100, -1e308] {
            sum.add(number);
        }
        sum.remove(1e200);
        sum.remove(1e100);
        sum.remove(-1e308);
        assert_eq!(sum.value(), Some(0.1 + 0.2));
        sum.remove(0.1);
        sum.remove(0.2);
        assert_eq!(sum.value(), None);
    }

    #[test]
    fn a_sum_beyond_all_numbers_ends_when_its_parts_go() {
        let mut sum = Sum::default();
        sum.add(-1e308);
        sum.add(-1e308);
        sum.add(-1e308);
        assert_eq!(sum.value(), Some(f64::NEG_INFINITY));
        assert_eq!(sum.mean(), Some(-1e308));
        sum.remove(-1e308);
        sum.remove(-1e308);
        sum.add(5.0);
        assert_eq!(sum.value(), Some(-1e308));
        sum.remove(-1e308);
        assert_eq!((sum.value(), sum.mean()), (Some(5.0), Some(5.0)));
    }
}
