//! `invoke`: the rows handed to a function.

use functions::Type;
use syntax::kql::parse;
use syntax::kql::tree::Invoke;
use syntax::{Source, Span};

use crate::kql::binder::Binder;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::{Env, Meaning};
use crate::kql::value::Value;
use crate::relation::{Computed, null};

/// What Defender's profile of a file says.
const FILE_PROFILE: &[(&str, Type)] = &[
    ("SHA1", Type::String),
    ("SHA256", Type::String),
    ("MD5", Type::String),
    ("FileSize", Type::Long),
    ("GlobalPrevalence", Type::Long),
    ("GlobalFirstSeen", Type::Datetime),
    ("GlobalLastSeen", Type::Datetime),
    ("Signer", Type::String),
    ("Issuer", Type::String),
    ("SignerHash", Type::String),
    ("IsCertificateValid", Type::Bool),
    ("IsRootSignerMicrosoft", Type::Bool),
    ("SignatureState", Type::String),
    ("IsExecutable", Type::Bool),
    ("ThreatName", Type::String),
    ("Publisher", Type::String),
    ("SoftwareName", Type::String),
    ("ProfileAvailability", Type::String),
];

/// Which devices have seen another in the network.
const SEEN_BY: &[(&str, Type)] = &[("SeenBy", Type::Dynamic)];

const DEVICE_FROM_IP: &str = "rows | distinct IP, At
    | join kind=inner (DeviceNetworkEvents | project IP = LocalIP, Seen = Timestamp, Device = DeviceId) on IP
    | where isnull(At) or Seen <= At
    | summarize arg_max(Seen, Device) by IP
    | project IP, DeviceId = Device";

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn invoke(&mut self, tree: &'q Invoke, flow: Flow, env: Env) -> Option<Flow> {
        if let Some(made) = self.invoked(tree, flow.clone(), env) {
            return made;
        }
        let added = match tree.function.text.as_str() {
            "FileProfile" => FILE_PROFILE,
            "SeenBy" => SEEN_BY,
            "DeviceFromIP" => return self.device_from_ip(tree, flow, env),
            _ => return self.unknown_function(&tree.function),
        };
        self.warn(messages::no_profiles(tree.span, &tree.function.text));
        let is_new = |name: &str| flow.relation.column(name).is_none();
        let added = added.iter().filter(|(name, _)| is_new(name));
        let added = added.map(|(name, kind)| Computed::new(*name, *kind, null(*kind))).collect();
        let relation = self.planned(flow.relation.extend(added), tree.span)?;
        Some(Flow { relation, ..flow })
    }

    /// The devices that had these addresses last, up to a time where one is given: as connections in the evidence show.
    fn device_from_ip(&mut self, tree: &'q Invoke, flow: Flow, env: Env) -> Option<Flow> {
        let scope = flow.scope(env);
        let address = match (tree.args.first(), flow.relation.column("IP")) {
            (Some(arg), _) => self.scalar(&arg.value, &scope)?,
            (None, Some(column)) => Value::new(column.expr(), column.kind),
            (None, None) => {
                let unknown = self.unknown("IP", tree.function.span, &scope);
                return self.refuse(unknown);
            }
        };
        let at = match tree.args.get(1) {
            Some(arg) => self.scalar(&arg.value, &scope)?.cast(Type::Datetime),
            None => Value::null(Type::Datetime),
        };
        let asked = vec![
            Computed::new("IP", Type::String, address.cast(Type::String).or_empty().expr),
            Computed::new("At", Type::Datetime, at.expr),
        ];
        let asked = self.planned(flow.relation.project(asked), tree.span)?;
        self.written(DEVICE_FROM_IP, Flow::new(asked), tree.span)
    }

    /// What a text of KQL makes of `rows`.
    pub(super) fn written(&mut self, text: &str, rows: Flow, span: Span) -> Option<Flow> {
        let query = parse(&Source::new("written", text)).tree;
        let mut binder = Binder::new(self.tables, self.options);
        binder.keeps_order = true;
        let own = binder.lets.add("rows", Meaning::Rows(Box::new(rows)), None);
        let made = binder.pipeline(query.body.as_ref()?, own);
        self.tables_read.extend(binder.tables_read);
        for fault in binder.diagnostics {
            self.warn(syntax::Diagnostic { span, ..fault });
        }
        made
    }
}
