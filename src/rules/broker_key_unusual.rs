//! What verifiers can do: Rust's ring knows no P-521, Windows and .NET no Ed25519 in certificates.

use super::Case;
use crate::config::BrokerKey;
use crate::diagnostic::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "broker-key-unusual",
    severity: Severity::Warning,
    summary: "a key of the broker that not every client can verify",
    why: "clients that do not know the algorithm reject the broker, whatever the bundle holds",
    fix: "use Ec256 or Ec384, or Rsa4096 where clients are old",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let who = match case.trust.broker.certificate.private_key_algorithm {
        BrokerKey::Ec521 => "clients in Rust with ring, some devices",
        BrokerKey::Ed25519 => "clients on Windows and .NET, many devices",
        _ => return,
    };
    let message = format!("{who} cannot verify it");
    found.push(
        INFO.at(
            case.trust
                .origin("/spec/broker/certificate/privateKeyAlgorithm"),
            message,
        ),
    );
}
