//! Addresses of files: `file:` URIs and paths.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use lsp_types::Uri;

/// The path of a `file:` URI; none for documents that are no files.
pub(super) fn path(uri: &Uri) -> Option<PathBuf> {
    if !uri
        .scheme()
        .is_some_and(|scheme| scheme.as_str().eq_ignore_ascii_case("file"))
    {
        return None;
    }
    let path = uri
        .path()
        .as_estr()
        .decode()
        .into_string()
        .ok()?
        .into_owned();
    // `/c:/sites` on Windows.
    let drive = path.as_bytes().get(2) == Some(&b':') && cfg!(windows);
    Some(PathBuf::from(if drive { &path[1..] } else { &path }))
}

/// The URI of a path; none for paths that are no text.
pub(super) fn uri(path: &Path) -> Option<Uri> {
    let text = path.to_str()?.replace('\\', "/");
    let slash = if text.starts_with('/') { "" } else { "/" };
    let encoded: String = text.bytes().map(encoded).collect();
    Uri::from_str(&format!("file://{slash}{encoded}")).ok()
}

fn encoded(byte: u8) -> String {
    let plain = byte.is_ascii_alphanumeric() || b"/-._~:".contains(&byte);
    if plain {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_back() {
        for text in ["/a/trust.yaml", "/a b/ü#?%.yaml", "/"] {
            assert_eq!(
                uri(Path::new(text)).and_then(|uri| path(&uri)),
                Some(PathBuf::from(text)),
                "{text}"
            );
        }
        assert_eq!(
            Uri::from_str("untitled:Untitled-1")
                .ok()
                .and_then(|uri| path(&uri)),
            None
        );
    }
}
