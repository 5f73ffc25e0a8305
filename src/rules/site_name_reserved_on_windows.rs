//! Names that Windows keeps for devices: a site's name is the name of its folder.

use super::Case;
use crate::diagnostic::{Diagnostic, Origin, RuleInfo, Severity};
use crate::json_pointer::Pointer;

pub(super) static INFO: RuleInfo = RuleInfo {
    id: "site-name-reserved-on-windows",
    severity: Severity::Error,
    summary: "the name of a site is that of a device on Windows",
    why: "the site's folder has this name, and git on Windows cannot check out a repository with such a folder in it",
    fix: "give the site another name, such as `site-con`",
};

pub(super) fn check(case: &Case<'_>, found: &mut Vec<Diagnostic>) {
    let name: &str = &case.trust.site;
    if is_reserved(name) {
        let at = Origin::value(case.trust.source, Pointer::parse("/metadata/name"));
        found.push(INFO.at(at, format!("`{name}` is a device on Windows")));
    }
}

/// Whether no file can have this name on Windows: a device, in any case and with any extension, or an end that is cut off
/// (Microsoft, "Naming Files, Paths, and Namespaces").
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let stem = stem.to_ascii_lowercase();
    let numbered = ["com", "lpt"]
        .iter()
        .find_map(|port| stem.strip_prefix(port));
    matches!(&*stem, "con" | "prn" | "aux" | "nul" | "conin$" | "conout$")
        || numbered.is_some_and(|number| {
            let mut digits = number.chars();
            let is_digit = |digit| matches!(digit, '1'..='9' | '\u{b9}' | '\u{b2}' | '\u{b3}');
            digits.next().is_some_and(is_digit) && digits.next().is_none()
        })
        || name.ends_with(['.', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_have_names_and_others_only_look_alike() {
        for name in [
            "con",
            "CON",
            "nul",
            "Nul.yaml",
            "aux.tar.gz",
            "prn",
            "com1",
            "com9",
            "LPT1",
            "lpt9.txt",
            "com\u{b2}",
            "con .x",
            "site.",
            "site ",
        ] {
            assert!(is_reserved(name), "{name:?}");
        }
        for name in [
            "con1", "com", "com10", "lpt", "console", "null", "site-con", "a.con", "com-1",
        ] {
            assert!(!is_reserved(name), "{name:?}");
        }
    }
}
