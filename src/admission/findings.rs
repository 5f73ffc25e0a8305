//! Findings over manifests of others. Of our own output a refusal is a fault of this program.

use crate::diagnostic::{RuleInfo, Severity};

/// Findings of this room.
pub(crate) static RULES: &[&RuleInfo] = &[
    &MANIFEST_REFUSED,
    &KIND_NOT_JUDGED,
    &CRD_RULE_NOT_EVALUATED,
    &CRD_UNUSABLE,
];

pub(crate) static MANIFEST_REFUSED: RuleInfo = RuleInfo {
    id: "manifest-refused",
    severity: Severity::Error,
    summary: "a manifest that the API server or a webhook refuses",
    why: "the API server refuses the whole object; in a GitOps tool the apply of everything beside it may stop as well",
    fix: "correct the field that is named",
};

pub(crate) static KIND_NOT_JUDGED: RuleInfo = RuleInfo {
    id: "kind-not-judged",
    severity: Severity::Note,
    summary: "a kind of which nothing is known here",
    why: "objects of this kind were neither accepted nor refused",
    fix: "give the definitions of your cluster: kubectl get crd -o yaml > crds/all.yaml, then --crds crds",
};

pub(crate) static CRD_RULE_NOT_EVALUATED: RuleInfo = RuleInfo {
    id: "crd-rule-not-evaluated",
    severity: Severity::Note,
    summary: "a rule of a definition that could not be evaluated offline",
    why: "the API server will evaluate it; whether it holds is not known here",
    fix: "nothing to do, or try the manifest with kubectl apply --dry-run=server",
};

pub(crate) static CRD_UNUSABLE: RuleInfo = RuleInfo {
    id: "crd-unusable",
    severity: Severity::Error,
    summary: "a definition given with --crds that cannot be used",
    why: "manifests of its kind would not be judged by it, though its owner believes so",
    fix: "export it again: kubectl get crd NAME -o yaml",
};
