//! `invoke`: the rows handed to a function.

use functions::Type;
use syntax::kql::tree::Invoke;

use crate::kql::binder::Binder;
use crate::kql::flow::Flow;
use crate::kql::messages;
use crate::kql::scope::Env;
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

impl<'q> Binder<'q, '_> {
    pub(in crate::kql) fn invoke(&mut self, tree: &'q Invoke, flow: Flow, env: Env) -> Option<Flow> {
        if let Some(made) = self.invoked(tree, flow.clone(), env) {
            return made;
        }
        if tree.function.text != "FileProfile" {
            return self.unknown_function(&tree.function);
        }
        self.warn(messages::no_profiles(tree.span, "FileProfile"));
        let is_new = |name: &str| flow.relation.column(name).is_none();
        let added = FILE_PROFILE.iter().filter(|(name, _)| is_new(name));
        let added = added.map(|(name, kind)| Computed::new(*name, *kind, null(*kind))).collect();
        let relation = self.planned(flow.relation.extend(added), tree.span)?;
        Some(Flow { relation, ..flow })
    }
}
