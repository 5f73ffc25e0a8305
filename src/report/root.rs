//! Paths as other programs want them: from the folder of the repository, with forward slashes.

/// Where paths in reports begin. Text only: nobody is asked whether a file exists.
#[derive(Clone, Debug, Default)]
pub(crate) struct Root {
    /// The current folder, from the top of the file system.
    here: Vec<String>,
    /// How many folders of `here` lead to the repository.
    depth: usize,
}

impl Root {
    /// `here` is the current folder, `root` the repository's folder at or above it, both absolute.
    pub(crate) fn new(here: &str, root: &str) -> Self {
        let (here, root) = (segments(here), segments(root));
        let depth = if here.starts_with(&root) {
            root.len()
        } else {
            here.len()
        };
        Self { here, depth }
    }

    /// The path of a file that is named `name` from the current folder. Files outside the repository, and
    /// `<stdin>`, stay as named.
    pub(crate) fn path(&self, name: &str) -> String {
        if name.starts_with('<') {
            return name.to_owned();
        }
        let mut path = if is_absolute(name) {
            Vec::new()
        } else {
            self.here.clone()
        };
        for segment in segments(name) {
            match segment.as_str() {
                "." => {}
                ".." => drop(path.pop()),
                _ => path.push(segment),
            }
        }
        match path.strip_prefix(&self.here[..self.depth]) {
            Some(inside) if !inside.is_empty() => inside.join("/"),
            _ => name.to_owned(),
        }
    }
}

fn segments(path: &str) -> Vec<String> {
    let segments = path
        .split(['/', '\\'])
        .filter(|segment| !segment.is_empty() && *segment != "?");
    segments.map(str::to_owned).collect()
}

fn is_absolute(path: &str) -> bool {
    path.starts_with('/') || path.as_bytes().get(1) == Some(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_begin_at_the_repository() {
        let root = Root::new("/srv/repo/sites", "/srv/repo");
        for (name, path) in [
            ("trust.yaml", "sites/trust.yaml"),
            ("./a/trust.yaml", "sites/a/trust.yaml"),
            ("../pki/root.pem", "pki/root.pem"),
            ("a/../../pki/root.pem", "pki/root.pem"),
            ("/srv/repo/x.yaml", "x.yaml"),
            ("../../other/x.yaml", "../../other/x.yaml"),
            ("/etc/x.yaml", "/etc/x.yaml"),
            ("<stdin>", "<stdin>"),
        ] {
            assert_eq!(root.path(name), path, "{name}");
        }
    }

    #[test]
    fn without_a_repository_they_begin_here() {
        assert_eq!(
            Root::new("/tmp/x", "/tmp/x").path("sites/trust.yaml"),
            "sites/trust.yaml"
        );
        assert_eq!(
            Root::new("/tmp/x", "/other").path("trust.yaml"),
            "trust.yaml"
        );
        assert_eq!(
            Root::new("C:\\repo\\sites", "C:\\repo").path("a\\trust.yaml"),
            "sites/a/trust.yaml"
        );
        assert_eq!(Root::default().path("trust.yaml"), "trust.yaml");
    }
}
