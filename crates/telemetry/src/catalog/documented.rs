//! The names that IBM's documentation and content give to what events and flows hold: each is a column, or another name of one.

use super::Catalog;

/// The default fields of `events`.
const EVENTS: &str = "\
    adekey, adevalue, category, creEventList, credibility, relevance, severity, magnitude, destinationMAC, \
    sourceMAC, destinationPort, sourcePort, destinationv6, sourcev6, destinationaddress, sourceaddress, \
    destinationip, sourceip, deviceTime, deviceType, devicegrouplist, domainID, duration, endTime, eventCount, \
    eventDirection, geographiclocation, sourcegeographiclocation, destinationgeographiclocation, hasIdentity, \
    hasOffense, highLevelCategory, identityhostname, identityip, isduplicate, isCREEvent, logsourceid, pcappacket, \
    partialMatchList, partialorMatchList, payload, postNatDestinationIP, postNatDestinationPort, postNatSourceIP, \
    postNatSourcePort, preNatDestinationIP, preNatDestinationPort, preNatSourceIP, preNatSourcePort, processorId, \
    protocolID, qid, isunparsed, startTime, userName, qideventid, qideventcategory, logsourceidentifier, \
    identityusername, identitymac, fullmatchlist, retentionbucket, CRE Name, CRE Description";

/// Properties of IBM's content for Windows, of both generations, and those of published mappings.
const PROPERTIES: &str = "\
    Access Mask, Accesses, Account Name, AccountName, Application, Attribute New Value, Attribute Old Value, \
    Authentication Package, Call Trace, Command, Computer Name, Destination Hostname, Destination IP, Destination \
    Port, Distinguished Name, Error Code, Event ID, EventID, File Hash, File Path, Filename, FQDN, Granted Access, \
    Hostname, Image, ImageName, IMP Hash, Initiated, Integrity Level, LoadedImage, Logon Type, Machine ID, Machine \
    Identifier, MD5 Hash, Message, Method, Object Name, Object Type, ObjectName, ObjectType, Parent Command, \
    Parent Process ID, Parent Process Path, ParentCommandLine, ParentImage, ParentImageName, Pipe Name, PipeName, \
    Process CommandLine, Process ID, Process Name, Process Path, Registry Key, Rule Name, SAM Account Name, \
    Service Filename, Service Name, ServiceFileName, SHA1 Hash, SHA256 Hash, Share Name, ShareName, Signature, \
    Signed, Source Interface UUID, Source IP, Source Port, Source Process Path, SourceImage, Start Address, \
    StartModule, Status, Subject Account Name, Target Details, Target Object, Target Process Name, Target Process \
    Path, Target User Name, Target Username, TargetImage, Task Name, Ticket Encryption Type, TicketOptions, URL, \
    User Agent, user_agent";

/// The default fields of `flows`, and the properties of its content inspection.
const FLOWS: &str = "\
    applicationid, category, credibility, destinationasn, destinationbytes, destinationdscp, destinationflags, \
    destinationip, destinationifindex, destinationpackets, destinationport, destinationprecedence, destinationv6, \
    domainid, fullmatchlist, firstpackettime, flowbias, flowdirection, flowinterfaceid, flowsource, flowtype, \
    geographic, hasoffense, icmpcode, icmptype, flowinterface, intervalid, isduplicate, lastpackettime, \
    partialmatchlist, protocolid, qid, processorid, relevance, retentionbucket, severity, sourceasn, sourcebytes, \
    sourcedscp, sourceflags, sourceip, sourceifindex, sourcepackets, sourcepayload, destinationpayload, \
    sourceport, sourceprecedence, sourcev6, starttime, endtime, flowid, md5 file hash, sha1 file hash, sha256 file \
    hash, file name, file size, file entropy, http host, http referrer, http response code, http server, http user \
    agent, http version, dns domain name, tls server name indication, tls ja3 hash, tls ja3s hash, suspect content \
    descriptions, content type";

#[test]
fn every_documented_name_is_a_column() {
    for (table, names) in [("events", EVENTS), ("events", PROPERTIES), ("flows", FLOWS)] {
        let table = Catalog.table(table).unwrap().unwrap();
        let missing: Vec<&str> = names.split(", ").filter(|name| table.column(name).is_none()).collect();
        assert!(missing.is_empty(), "{}: {}", table.name, missing.join(", "));
    }
}
