//! What nothing that the program prints may hold, whatever it was given: written down a second time, independently of
//! the program.

/// Describes the first thing in `text` that a terminal, a CI agent or a browser would obey. `own` are beginnings of
/// lines that the program itself means as commands: the forms of report for CI agents.
pub(crate) fn first_harm(text: &str, own: &[&str]) -> Option<String> {
    for (number, line) in text.split('\n').enumerate() {
        let mut rest = line;
        for begin in own {
            if line.starts_with(begin) {
                // The command ends where its message begins.
                let end = match begin.as_bytes()[0] {
                    b':' => line[2..].find("::").map(|at| at + 4),
                    _ => line.find(']').map(|at| at + 1),
                };
                rest = end.map_or(line, |end| &line[end..]);
            }
        }
        let found = character(line).or_else(|| command(rest));
        if let Some(found) = found {
            return Some(format!("{found} in line {}: {:?}", number + 1, line));
        }
    }
    None
}

fn character(line: &str) -> Option<String> {
    let harmful = |c: char| {
        let code = u32::from(c);
        (code < 0x20 && c != '\t')
            || (0x7f..=0x9f).contains(&code)
            // Bidirectional controls, zero-width characters, separators, byte order marks, tags.
            || [0xad, 0x61c, 0x2060, 0xfeff].contains(&code)
            || (0x200b..=0x200f).contains(&code)
            || (0x2028..=0x202e).contains(&code)
            || (0x2066..=0x2069).contains(&code)
            || (0xe0000..=0xe007f).contains(&code)
    };
    line.chars()
        .find(|c| harmful(*c))
        .map(|c| format!("U+{:04X}", u32::from(c)))
}

/// The commands of GitHub Actions, older ones included, and those of Azure Pipelines.
fn command(line: &str) -> Option<String> {
    const GITHUB: &[&str] = &[
        "add-mask",
        "add-matcher",
        "add-path",
        "debug",
        "echo",
        "endgroup",
        "error",
        "group",
        "notice",
        "remove-matcher",
        "save-state",
        "set-env",
        "set-output",
        "stop-commands",
        "warning",
    ];
    let lower = line.to_lowercase();
    for (at, _) in lower.match_indices("::") {
        let rest = &lower[at + 2..];
        if let Some(name) = GITHUB.iter().find(|name| rest.starts_with(**name)) {
            return Some(format!("::{name}"));
        }
    }
    for (at, _) in lower.match_indices("##") {
        let word = lower[at + 2..].trim_start_matches(|c: char| c.is_ascii_alphabetic());
        if word.starts_with('[') {
            return Some("##...[".to_owned());
        }
    }
    None
}
