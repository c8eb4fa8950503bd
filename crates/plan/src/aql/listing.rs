//! AQL's functions beyond the function table: for the binder, for hints and for listings.

use functions::aggregate::aql::{AGGREGATES, Aggregate};

use crate::entry::{Entry, Kind};

/// Functions that need the query's own context.
pub(super) const OWN: [(&str, &str); 10] = [
    ("CAST", "the value as LONG, DOUBLE or STRING: SQL's, which QRadar does not document"),
    ("DOUBLE", "the number that a text or value is, with its fraction"),
    ("INCIDR", "whether a network holds an address"),
    ("LOGSOURCENAME", "the name of a log source, which comes with the events"),
    ("LONG", "the integer that a text or value is; of an IPv4 address its 32 bits"),
    ("NOW", "the current time in milliseconds"),
    ("PARSEDATETIME", "the time in milliseconds that words such as '1 day ago' mean"),
    ("PARSETIMESTAMP", "the time in milliseconds that a text spells by a pattern; empty where it does not"),
    ("STR", "the value as text"),
    ("UTF8", "the bytes of a payload as text"),
];

/// Functions that ask the console for what no event holds: empty where they are only given out. Those that say so read a
/// file that the user gives.
pub(super) const CONSOLE: [(&str, &str); 32] = [
    ("APPLICATIONNAME", "the name of an application's id, from --reference applications=PATH"),
    ("ARIELSERVERS4EPID", "the search servers of an event processor: empty here"),
    ("ARIELSERVERS4EPNAME", "the search servers of an event processor: empty here"),
    ("ASSETHOSTNAME", "the host of an address, from --reference assets=PATH"),
    ("ASSETPROPERTY", "a property of an address's asset, from --reference assets=PATH"),
    ("ASSETUSER", "the user of an address, from --reference assets=PATH"),
    ("COMPONENTID", "the id of a component of the console: empty here"),
    ("DOMAINNAME", "the name of a domain's id, from --reference domains=PATH"),
    ("FULLNETWORKNAME", "the full name of an address's network, from --reference networks=PATH"),
    ("GEO::DISTANCE", "the distance between two addresses: empty here"),
    ("GEO::DISTANCE_BY_DOMAIN", "the distance between two addresses of domains: empty here"),
    ("GEO::LOOKUP", "where an address is, from --reference geo=PATH"),
    ("GEO::LOOKUP_BY_DOMAIN", "where an address of a domain is: empty here"),
    ("GEO::LOOKUP_TEXT", "where an address is, from --reference geo=PATH"),
    ("GEO::LOOKUP_TEXT_BY_DOMAIN", "where an address of a domain is: empty here"),
    ("GLOBALVIEW", "the results of a saved search: empty here"),
    ("HOSTNAME", "the name of a managed host's id, from --reference managedhosts=PATH"),
    ("ICU4JSEARCH", "a search by rules of language: empty here"),
    ("INOFFENSE", "whether an event is of an offense: empty here"),
    ("LOGSOURCEGROUPNAME", "the name of a log source group's id, from --reference groups=PATH"),
    ("MATCHESASSETSEARCH", "whether a saved search finds an asset: empty here"),
    ("NETWORKNAME", "the name of an address's network, from --reference networks=PATH"),
    ("OFFENSE_TIME", "when an offense began: empty here"),
    ("PROCESSORNAME", "the name of an event processor's id, from --reference processors=PATH"),
    ("QIDDESCRIPTION", "the description of a QID, from --reference qids=PATH"),
    ("REFERENCEMAP", "the value of a key, from --reference NAME=PATH"),
    ("REFERENCEMAPSETCONTAINS", "whether a key has a value, from --reference NAME=PATH"),
    ("REFERENCESETCONTAINS", "whether a set holds a value, from --reference NAME=PATH"),
    ("REFERENCETABLE", "a column of a key, from --reference NAME=PATH"),
    ("RULENAME", "the name of a rule's id, from --reference rules=PATH"),
    ("XFORCE_IP_CATEGORY", "what kind of address it is: empty here"),
    ("XFORCE_IP_CONFIDENCE", "how surely an address is of a kind: empty here"),
];

/// Those that the function table does not have, and the aggregates.
pub fn entries() -> Vec<Entry> {
    let entry = |kind, name, summary| Entry { kind, names: vec![name], summary, is_refused: false };
    let is_further = |name: &str| functions::scalar::aql(name).is_none();
    let further = OWN.iter().chain(&CONSOLE).filter(|(name, _)| is_further(name));
    let functions = further.map(|(name, summary)| entry(Kind::Function, *name, *summary));
    let aggregates = AGGREGATES.iter().map(|(name, what)| entry(Kind::Aggregate, *name, told(*what)));
    functions.chain(aggregates).collect()
}

fn told(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Count => "how many events there are, or have the field",
        Aggregate::CountDistinct => "how many different values there are",
        Aggregate::Sum => "the sum",
        Aggregate::Average => "the mean",
        Aggregate::Min => "the least value",
        Aggregate::Max => "the greatest value",
        Aggregate::First => "the value of the first event",
        Aggregate::Last => "the value of the last event",
        Aggregate::Deviation => "the standard deviation of a sample",
        Aggregate::DeviationOfAll => "the standard deviation of a whole population",
    }
}
