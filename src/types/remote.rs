//! Names of things outside the cluster: addresses, paths of Vault, names of Azure.

use std::net::Ipv6Addr;

use super::{Refusal, Version, checked_string};

checked_string!(
    /// An http or https address.
    Url, "url", check_url,
    "An address, https://host[:port]/path"
);
checked_string!(
    /// A DNS server: a name or an address, and a port if it is not 53.
    NameServer, "name-server", check_name_server,
    "A DNS server, host or host:port, IPv6 in brackets: 10.0.0.53:53"
);
checked_string!(
    /// A path in Vault: no empty one, and none that climbs.
    VaultPath, "vault-path", check_vault_path,
    "A path in Vault, such as pki_int/sign/aio"
);
checked_string!(
    /// The name of an Azure Key Vault.
    KeyVaultName, "key-vault-name", check_key_vault_name,
    "The name of an Azure Key Vault: 3 to 24 letters, digits and hyphens"
);
checked_string!(
    /// The name of an object in an Azure Key Vault.
    KeyVaultObject, "key-vault-object", check_key_vault_object,
    "The name of a secret or certificate in an Azure Key Vault: letters, digits and hyphens"
);
checked_string!(
    /// A UUID, as Azure names tenants and identities.
    Uuid, "uuid", check_uuid,
    "A UUID, such as 66666666-7777-8888-9999-000000000000"
);
checked_string!(
    /// The exact version of a chart.
    ReleaseTag, "release-tag", check_release_tag,
    "An exact version, such as v1.21.1"
);
checked_string!(
    /// A git repository, as git takes it.
    RepositoryUrl, "repository-url", check_repository_url,
    "A git repository, such as https://git.corp.example/fleet.git or git@git.corp.example:fleet.git"
);
checked_string!(
    /// The kind of a Kubernetes object, in CamelCase.
    KindName, "kind-name", check_kind_name,
    "The kind of a Kubernetes object, such as AWSPCAClusterIssuer"
);

pub(super) fn check_url(text: &str) -> Result<(), Refusal> {
    super::text::check(text)?;
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let form = || Refusal::because("it is no http or https address");
    let rest = rest.ok_or_else(|| form().suggest("write https://host:port/path"))?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() || host.starts_with(':') {
        return Err(form().suggest("write https://host:port/path"));
    }
    if host.contains('@') {
        return Err(Refusal::because(
            "it holds a user or password, which belongs into a Secret",
        ));
    }
    if !text.is_ascii() || text.contains(' ') {
        return Err(Refusal::because(
            "it holds characters that must be percent-encoded",
        ));
    }
    Ok(())
}

pub(super) fn check_name_server(text: &str) -> Result<(), Refusal> {
    let is_port = |port: &str| {
        port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|n| n > 0)
    };
    let is_tail = |tail: &str| tail.is_empty() || tail.strip_prefix(':').is_some_and(is_port);
    let fits = match text.strip_prefix('[') {
        Some(rest) => rest
            .split_once(']')
            .is_some_and(|(address, tail)| address.parse::<Ipv6Addr>().is_ok() && is_tail(tail)),
        None => {
            let (host, tail) = text.split_at(text.find(':').unwrap_or(text.len()));
            let host = host.strip_suffix('.').unwrap_or(host);
            !host.starts_with('*') && super::names::dns_name(host).is_ok() && is_tail(tail)
        }
    };
    if fits {
        return Ok(());
    }
    Err(Refusal::because("it is no DNS server")
        .suggest("write host or host:port, IPv6 in brackets: `10.0.0.53:53`, `[2001:db8::53]:53`"))
}

pub(super) fn check_vault_path(text: &str) -> Result<(), Refusal> {
    super::text::check(text)?;
    if text.is_empty() {
        return Err(Refusal::because("it is empty"));
    }
    if text.split('/').any(|segment| segment == "..") {
        return Err(Refusal::because(
            "it holds a `..` segment, which cert-manager refuses since 1.21",
        ));
    }
    Ok(())
}

pub(super) fn check_key_vault_name(text: &str) -> Result<(), Refusal> {
    let tame = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && !text.contains("--");
    let ends = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric());
    if (3..=24).contains(&text.len()) && tame && ends {
        return Ok(());
    }
    Err(Refusal::because(
        "a Key Vault name has 3 to 24 letters, digits and single hyphens, begins with a letter and ends with a letter or digit",
    ))
}

pub(super) fn check_key_vault_object(text: &str) -> Result<(), Refusal> {
    let tame = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if (1..=127).contains(&text.len()) && tame {
        return Ok(());
    }
    Err(Refusal::because(
        "the name of a Key Vault object has 1 to 127 letters, digits and hyphens",
    ))
}

pub(super) fn check_uuid(text: &str) -> Result<(), Refusal> {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    if lengths == [8, 4, 4, 4, 12] && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit()) {
        return Ok(());
    }
    Err(Refusal::because(
        "it is no UUID: 8, 4, 4, 4 and 12 hexadecimal digits with hyphens between them",
    ))
}

impl ReleaseTag {
    /// The release that the tag is of.
    pub(crate) fn release(&self) -> Version {
        Version::parse(self).expect("a tag that passed its check begins with two numbers")
    }
}

pub(super) fn check_release_tag(text: &str) -> Result<(), Refusal> {
    let plain = text.strip_prefix('v').unwrap_or(text);
    let (core, rest) = plain.split_once('-').unwrap_or((plain, ""));
    let numbers: Vec<&str> = core.split('.').collect();
    let exact = numbers.len() == 3
        && numbers
            .iter()
            .all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let exact = exact && Version::parse(plain).is_ok();
    if exact
        && rest
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b))
    {
        return Ok(());
    }
    let reason = "a chart is pinned by its exact version, such as `v1.21.1`: a range installs something else tomorrow";
    Err(Refusal::because(reason))
}

pub(super) fn check_repository_url(text: &str) -> Result<(), Refusal> {
    super::text::check(text)?;
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let scp = scheme.is_empty()
        && text
            .split_once(':')
            .is_some_and(|(host, _)| host.contains('@'));
    let known = scp || ["https", "http", "ssh", "git", "oci"].contains(&scheme);
    if !known || rest.is_empty() || text.contains(char::is_whitespace) {
        let reason = "it is no repository: `https://...`, `ssh://...` or `git@host:path`";
        return Err(Refusal::because(reason));
    }
    if scheme.starts_with("http")
        && rest
            .split('/')
            .next()
            .is_some_and(|host| host.contains('@'))
    {
        let reason = "it holds a user name or a password, and would be committed";
        return Err(Refusal::because(reason)
            .suggest("give Argo CD the credentials of the repository, and leave them out here"));
    }
    Ok(())
}

pub(super) fn check_kind_name(text: &str) -> Result<(), Refusal> {
    let tame = text.bytes().all(|b| b.is_ascii_alphanumeric())
        && text.starts_with(|c: char| c.is_ascii_uppercase());
    if tame && text.len() <= 63 {
        return Ok(());
    }
    Err(Refusal::because(
        "a kind is written in CamelCase, such as `AWSPCAClusterIssuer`",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both_sides(check: fn(&str) -> Result<(), Refusal>, good: &[&str], bad: &[&str]) {
        good.iter()
            .for_each(|text| assert!(check(text).is_ok(), "{text:?}"));
        bad.iter()
            .for_each(|text| assert!(check(text).is_err(), "{text:?}"));
    }

    #[test]
    fn both_sides_of_every_form() {
        both_sides(
            check_url,
            &[
                "https://vault.corp:8200",
                "http://a/b?c",
                "https://[::1]:8200/x",
            ],
            &[
                "",
                "vault.corp",
                "https://",
                "https://:8200",
                "ftp://a",
                "https://u:p@a",
                "https://a b",
                "https://ä",
                "https://${X}",
            ],
        );
        both_sides(
            check_name_server,
            &[
                "10.0.0.53",
                "10.0.0.53:53",
                "ns.corp.",
                "ns:5353",
                "[::1]",
                "[::1]:53",
            ],
            &[
                "", "[a]", "[]:53", ":53", "a:", "a:0", "a:70000", "a:+1", "::1", "a b", "*.a",
                "[::1]53", "${X}",
            ],
        );
        both_sides(
            check_vault_path,
            &["pki_int/sign/aio", "/v1/auth/kubernetes", "a..b"],
            &["", "..", "a/../b", "a/.."],
        );
        let (exact, vague) = (
            ["v1.21.1", "0.24.0", "v1.22.0-alpha.0"],
            ["", "1.21", "v1", "~1.21.0", "latest", "v1.21.x"],
        );
        both_sides(check_release_tag, &exact, &vague);
        both_sides(
            check_repository_url,
            &[
                "https://git.corp.example/fleet.git",
                "git@ssh.dev.azure.com:v3/corp/edge/fleet",
                "ssh://git@host/a.git",
            ],
            &[
                "",
                "fleet",
                "https://",
                "https://a b",
                "ftp://host/a",
                "https://user:token@host/a.git",
                "https://${HOST}/a",
            ],
        );
        let of = |n: usize| "a".repeat(n);
        both_sides(
            check_key_vault_name,
            &["abc", "kv-plant-1", &of(24)],
            &["ab", "1ab", "a--b", "ab-", "a_b", "a.b", &of(25)],
        );
        both_sides(
            check_key_vault_object,
            &["a", "aio-ca-key", &of(127)],
            &["", "a_b", "a/b", &of(128)],
        );
        both_sides(
            check_uuid,
            &["66666666-7777-8888-9999-00000000000a"],
            &[
                "",
                "66666666777788889999000000000000",
                "6666666-7777-8888-9999-000000000000",
                "g6666666-7777-8888-9999-000000000000",
            ],
        );
        both_sides(
            check_kind_name,
            &["AWSPCAClusterIssuer", "A"],
            &["", "issuer", "A-B", "1A", &format!("A{}", of(63))],
        );
    }
}
