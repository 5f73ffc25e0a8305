//! Vault issuers: `ValidateVaultIssuerConfig`, `ValidateVaultIssuerAuth`.

use super::super::field::Field;
use super::super::refusal::Refusals;
use super::{bundle_of_cas, required};

pub(super) fn review(vault: &Field<'_>, refusals: &mut Refusals<'_>) {
    let path = vault.get("path");
    required(&vault.get("server"), refusals);
    required(&path, refusals);
    stays_inside(&path, refusals);
    let (bundle, reference) = (vault.get("caBundle"), vault.get("caBundleSecretRef"));
    bundle_of_cas(&bundle, refusals);
    if bundle.some_text().is_some() && reference.is_set() {
        refusals.at(
            &bundle.at,
            "caBundle and caBundleSecretRef exclude each other",
        );
    }
    let (certificate, key) = (
        vault.get("clientCertSecretRef"),
        vault.get("clientKeySecretRef"),
    );
    if certificate.is_set() != key.is_set() {
        let missing = if key.is_set() { certificate } else { key };
        refusals.at(
            &missing.at,
            "clientCertSecretRef and clientKeySecretRef must be set together",
        );
    }
    auth(&vault.get("auth"), refusals);
}

/// Several ways to log in are admitted: the first one wins.
fn auth(auth: &Field<'_>, refusals: &mut Refusals<'_>) {
    const WAYS: &[&str] = &[
        "tokenSecretRef",
        "appRole",
        "clientCertificate",
        "kubernetes",
        "aws",
    ];
    if auth.set_among(WAYS).is_empty() {
        refusals.at(
            &auth.at,
            format!("please supply one of {}", WAYS.join(", ")),
        );
    }
    let token = auth.get("tokenSecretRef");
    if token.is_set() {
        required(&token.get("name"), refusals);
    }
    for way in auth.set_among(&["appRole", "clientCertificate", "kubernetes", "aws"]) {
        stays_inside(&way.get("path"), refusals);
        stays_inside(&way.get("mountPath"), refusals);
    }
    let role = auth.get("appRole");
    if role.is_set() {
        required(&role.get("roleId"), refusals);
        required(&role.get("secretRef").get("name"), refusals);
    }
    let kubernetes = auth.get("kubernetes");
    if kubernetes.is_set() {
        kubernetes_auth(&kubernetes, refusals);
    }
    let aws = auth.get("aws");
    if aws.is_set() {
        aws_auth(&aws, refusals);
    }
}

fn kubernetes_auth(kubernetes: &Field<'_>, refusals: &mut Refusals<'_>) {
    required(&kubernetes.get("role"), refusals);
    let (secret, account) = (
        kubernetes.get("secretRef"),
        kubernetes.get("serviceAccountRef"),
    );
    // The definition's field is no pointer in Go: a reference without a name counts as none.
    let has_secret = secret.get("name").some_text().is_some();
    if account.is_set() {
        required(&account.get("name"), refusals);
    }
    if has_secret == account.is_set() {
        refusals.at(
            &kubernetes.at,
            "please supply exactly one of secretRef and serviceAccountRef",
        );
    }
}

fn aws_auth(aws: &Field<'_>, refusals: &mut Refusals<'_>) {
    required(&aws.get("role"), refusals);
    let account = aws.get("serviceAccountRef");
    if account.is_set() {
        required(&account.get("name"), refusals);
        required(&aws.get("iamRoleArn"), refusals);
    }
}

/// Paths are joined to the server's address: none may climb out of its place.
fn stays_inside(path: &Field<'_>, refusals: &mut Refusals<'_>) {
    if path.text().split('/').any(|segment| segment == "..") {
        refusals.at(&path.at, "must not hold a `..` segment");
    }
}
