//! Bounds: which events of the evidence are wanted at all. A reader may use them to leave unread what lies outside.

/// A range of time, and hosts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Ticks, inclusive.
    pub from: Option<i64>,
    /// Ticks, exclusive.
    pub to: Option<i64>,
    /// Host names, whole or the first label, whatever the case; empty for all.
    pub hosts: Vec<String>,
}

impl Bounds {
    pub fn is_bounded(&self) -> bool {
        self.is_timed() || !self.hosts.is_empty()
    }

    /// Bounded in time, so that an event without a time lies outside.
    pub fn is_timed(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    pub fn has_time(&self, time: Option<i64>) -> bool {
        let is_within = |time: i64| self.from.is_none_or(|from| time >= from) && self.to.is_none_or(|to| time < to);
        !self.is_timed() || time.is_some_and(is_within)
    }

    pub fn has_host(&self, computer: Option<&str>) -> bool {
        let is_host = |computer: &str| {
            let label = computer.split('.').next().unwrap_or(computer);
            self.hosts.iter().any(|host| host.eq_ignore_ascii_case(computer) || host.eq_ignore_ascii_case(label))
        };
        self.hosts.is_empty() || computer.is_some_and(is_host)
    }
}

/// Events of a channel; without a channel those of all, without ids all of its.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventKind {
    pub channel: Option<String>,
    pub events: Vec<i64>,
}

impl EventKind {
    pub fn fits(&self, channel: &str, event: i64) -> bool {
        self.fits_channel(channel) && (self.events.is_empty() || self.events.contains(&event))
    }

    pub fn fits_channel(&self, channel: &str) -> bool {
        self.channel.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(channel))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_without_a_time_lie_outside_of_bounds_in_time_alone() {
        let timed = Bounds { from: Some(5), to: Some(9), hosts: Vec::new() };
        assert_eq!([4, 5, 8, 9].map(|time| timed.has_time(Some(time))), [false, true, true, false]);
        assert!(!timed.has_time(None) && timed.has_host(None));
        let hosts = Bounds { hosts: vec!["PC1".to_owned()], ..Bounds::default() };
        assert!(hosts.has_time(None) && hosts.has_host(Some("pc1.example.test")));
        assert!(!hosts.has_host(Some("pc10")) && !hosts.has_host(None));
    }
}
