//! Finds the values of a YAML or JSON file that are confidential by where they stand: everything in a Secret but what
//! identifies it, and values under names such as `password`.
//!
//! The file may be broken anywhere, and then nobody knows what was meant. So this does not parse: it goes over lines,
//! indentation and brackets, and in doubt a value is confidential.

use std::ops::Range;

use super::material::names_a_secret;

/// Where confidential values stand.
pub(crate) fn confidential(text: &str) -> Vec<Range<usize>> {
    let lower = || text.as_bytes().iter().map(u8::to_ascii_lowercase);
    // Most files hold neither word.
    let mut window = [0u8; 6];
    let mut interesting = false;
    for byte in lower() {
        window.rotate_left(1);
        window[5] = byte;
        interesting |= &window == b"secret"
            || &window[2..] == b"pass"
            || &window[1..] == b"token"
            || &window[3..] == b"key"
            || &window[3..] == b"pwd"
            || &window == b"creden";
    }
    if !interesting {
        return Vec::new();
    }
    let mut found = Vec::new();
    for document in documents(text) {
        Scan::new(text, document).run(&mut found);
    }
    found
}

/// The documents of a stream. A line `---` inside a block scalar ends one as well: YAML has it so.
fn documents(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let mark = line
            .strip_prefix("---")
            .or_else(|| line.strip_prefix("..."));
        if mark.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r'])) {
            found.push(start..at);
            start = at;
        }
        at += line.len();
    }
    found.push(start..text.len());
    found
}

/// One key, or the lack of one, and the text behind it.
struct Piece {
    /// The column of the key; of a text without key, where it begins.
    column: usize,
    key: Option<Range<usize>>,
    value: Range<usize>,
    /// How deep in brackets.
    depth: usize,
    /// Whether the key's value stands in brackets.
    in_brackets: bool,
}

struct Scan<'t> {
    text: &'t str,
    document: Range<usize>,
}

impl<'t> Scan<'t> {
    fn new(text: &'t str, document: Range<usize>) -> Self {
        Self { text, document }
    }

    fn run(&self, found: &mut Vec<Range<usize>>) {
        let pieces = self.pieces();
        let kinds: Vec<(usize, bool)> = self.kinds(&pieces);
        let any_secret = kinds.iter().any(|(_, secret)| *secret);
        let owners = self.owners(&pieces, &kinds);
        // The keys that lead to a piece, within its object.
        let mut path: Vec<(usize, usize, &str)> = Vec::new();
        // The column of the last key whose value is in brackets.
        let mut bracketed = None;
        let mut named_secret: Option<(usize, usize)> = None;
        for (n, piece) in pieces.iter().enumerate() {
            let key = piece.key.clone().map_or("", |key| bare(&self.text[key]));
            // A value in brackets ends with them, whatever the next line is indented by.
            path.retain(|(depth, column, _)| (*depth, *column) < (piece.depth, piece.column));
            if piece.depth == 0 {
                path.retain(|(_, column, _)| bracketed != Some(*column));
            }
            let top = path
                .iter()
                .find(|(depth, column, _)| owners[n].contains(*depth, *column));
            let top = top.map_or(key, |(_, _, top)| *top);
            let under_annotations = path.iter().any(|(_, _, key)| *key == "annotations");
            let identifies = matches!(top, "apiVersion" | "kind")
                || (top == "metadata"
                    && !under_annotations
                    && (piece.key.is_some() || piece.depth > 0))
                || (top == "metadata" && key == "annotations");
            let in_secret = match owners[n].secret {
                Some(secret) => secret,
                // Nobody says whose it is: where there is a Secret around, it may be the Secret's.
                None => any_secret,
            };
            let value = bare(&self.text[piece.value.clone()]);
            let here = (piece.depth, piece.column);
            let by_name = piece.key.is_some() && names_a_secret(key) && is_text(value)
                || key == "value" && named_secret == Some(here);
            if key == "name" {
                named_secret = names_a_secret(value).then_some(here);
            }
            let continued =
                piece.key.is_none() && path.iter().any(|(_, _, key)| names_a_secret(key));
            if (in_secret && !identifies) || by_name || continued {
                found.push(piece.value.clone());
            }
            if piece.key.is_some() {
                path.push((piece.depth, piece.column, key));
            }
            if piece.depth == 0 && piece.key.is_some() {
                bracketed = piece.in_brackets.then_some(piece.column);
            }
        }
    }
}

/// Whether a value could be a secret: numbers and words of YAML are settings.
fn is_text(value: &str) -> bool {
    !value.is_empty()
        && !matches!(
            value,
            "true" | "false" | "null" | "~" | "{" | "[" | "{}" | "[]"
        )
        && !value.starts_with(['{', '[', '&', '*'])
}

/// A key or value without its quotes and blanks.
fn bare(text: &str) -> &str {
    text.trim().trim_matches(['"', '\'']).trim()
}

/// The object that a piece belongs to.
#[derive(Clone, Copy)]
struct Owner {
    depth: usize,
    column: usize,
    /// Whether it is a Secret; none if nothing says what it is.
    secret: Option<bool>,
}

impl Owner {
    /// Whether a key at this place is one of the object's own.
    fn contains(&self, depth: usize, column: usize) -> bool {
        self.depth == depth && self.column == column
    }
}

impl Scan<'_> {
    /// The pieces with the key `kind`, and whether they say `Secret`. Lists of objects say nothing about these.
    fn kinds(&self, pieces: &[Piece]) -> Vec<(usize, bool)> {
        let all = pieces.iter().enumerate();
        all.filter_map(|(n, piece)| {
            let key = piece.key.clone()?;
            let kind = bare(&self.text[piece.value.clone()]);
            let kind = kind.split([' ', '#', ',']).next().unwrap_or_default();
            let kind = bare(kind);
            (bare(&self.text[key]) == "kind" && !kind.is_empty() && !kind.ends_with("List"))
                .then(|| (n, kind.eq_ignore_ascii_case("secret")))
        })
        .collect()
    }

    /// For each piece the innermost object that says its kind. An object reaches as far as its keys: in brackets to the
    /// bracket that ends it, else over lines that are not further left.
    fn owners(&self, pieces: &[Piece], kinds: &[(usize, bool)]) -> Vec<Owner> {
        let nobody = Owner {
            depth: 0,
            column: 0,
            secret: None,
        };
        let mut owners = vec![nobody; pieces.len()];
        let inside = |at: usize, of: &Piece| {
            let piece = &pieces[at];
            piece.depth > of.depth || (piece.depth == of.depth && piece.column >= of.column)
        };
        for (n, secret) in kinds {
            let kind = &pieces[*n];
            let mut first = *n;
            while first > 0 && inside(first - 1, kind) && !self.begins_item(&pieces[first]) {
                first -= 1;
            }
            let mut end = n + 1;
            while end < pieces.len()
                && inside(end, kind)
                && !(pieces[end].column == kind.column && self.begins_item(&pieces[end]))
            {
                end += 1;
            }
            let owner = Owner {
                depth: kind.depth,
                column: kind.column,
                secret: Some(*secret),
            };
            for of in owners.iter_mut().take(end).skip(first) {
                let deeper = (of.depth, of.column) < (owner.depth, owner.column);
                if of.secret.is_none() || deeper {
                    *of = owner;
                }
            }
        }
        owners
    }

    /// Whether a piece is the first of a list item (`- key: value`) or of a pair of brackets.
    fn begins_item(&self, piece: &Piece) -> bool {
        let start = piece.key.clone().unwrap_or(piece.value.clone()).start;
        let before = self.text[self.document.start..start].trim_end_matches([' ', '\n', '\r']);
        before.ends_with('-') && self.text[..start].ends_with(' ') || before.ends_with('{')
    }

    /// Takes a document apart.
    fn pieces(&self) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        // Brackets that are open, across lines.
        let mut flow = Flow::default();
        // Lines further right than this belong to the value of the key there.
        let mut scalar: Option<usize> = None;
        let mut at = self.document.start;
        for line in self.text[self.document.clone()].split_inclusive('\n') {
            let (start, end) = (at, at + line.trim_end_matches(['\n', '\r']).len());
            at += line.len();
            if flow.depth() > 0 {
                flow.line(self.text, start..end, &mut pieces);
                continue;
            }
            let mut content = start + indent(&self.text[start..end]);
            if self.text[content..end].is_empty() || self.text[content..end].starts_with('#') {
                // In a block scalar a comment is text.
                if scalar.is_some() && content < end {
                    pieces.push(Piece {
                        column: content - start,
                        key: None,
                        value: content..end,
                        depth: 0,
                        in_brackets: false,
                    });
                }
                continue;
            }
            if scalar.is_some_and(|column| content - start > column) {
                pieces.push(Piece {
                    column: content - start,
                    key: None,
                    value: content..end,
                    depth: 0,
                    in_brackets: false,
                });
                continue;
            }
            scalar = None;
            while self.text[content..end].starts_with("- ") {
                content += 1 + indent(&self.text[content + 1..end]);
            }
            if content == start && self.text[content..end].starts_with("---") {
                content = end.min(content + 3);
                content += indent(&self.text[content..end]);
            }
            let column = content - start;
            let Some(key) = key(&self.text[content..end]) else {
                if self.text[content..end].starts_with(['{', '[']) {
                    flow.line(self.text, content..end, &mut pieces);
                } else if content < end {
                    pieces.push(Piece {
                        column,
                        key: None,
                        value: content..end,
                        depth: 0,
                        in_brackets: false,
                    });
                }
                continue;
            };
            let value = content + key + 1;
            let value = value.min(end) + indent(&self.text[value.min(end)..end]);
            let written = &self.text[value..end];
            if written.starts_with(['{', '['])
                && !written.starts_with("[[")
                && !written.starts_with("{{")
            {
                pieces.push(Piece {
                    column,
                    key: Some(content..content + key),
                    value: value..value,
                    depth: 0,
                    in_brackets: true,
                });
                flow.line(self.text, value..end, &mut pieces);
                continue;
            }
            let empty = written.is_empty()
                || written.starts_with(['#', '&', '!']) && !written.contains(' ');
            scalar = (!empty).then_some(column);
            // The header of a block scalar says how to read it, and nothing of what is in it.
            let header = |c: char| matches!(c, '|' | '>' | '+' | '-' | '0'..='9');
            let is_header =
                written.starts_with(['|', '>']) && written.trim_end().chars().all(header);
            let value = if is_header { end } else { value };
            pieces.push(Piece {
                column,
                key: Some(content..content + key),
                value: value..end,
                depth: 0,
                in_brackets: false,
            });
        }
        pieces
    }
}

/// How many blanks and tabs a text begins with.
fn indent(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

/// The length of the key that a line begins with: up to a colon with a blank or nothing behind it.
fn key(line: &str) -> Option<usize> {
    let quote = line.chars().next().filter(|c| matches!(c, '"' | '\''));
    if let Some(quote) = quote {
        let end = 1 + line[1..].find(quote)?;
        let colon = end + 1 + line[end + 1..].find(|c| c != ' ')?;
        return line[colon..].starts_with(':').then_some(colon);
    }
    if line.starts_with(['{', '[', '|', '>']) {
        return None;
    }
    let ends = |at: usize| line[at + 1..].is_empty() || line[at + 1..].starts_with([' ', '\t']);
    line.match_indices(':')
        .map(|(at, _)| at)
        .find(|at| ends(*at))
}

/// Brackets, and what stands in them.
#[derive(Default)]
struct Flow {
    open: Vec<u8>,
    /// A key whose value has not come yet.
    key: Option<Range<usize>>,
    /// Whether a value is being read: behind a colon, or in a list.
    in_value: bool,
    /// A quoted text that goes on in the next line.
    quote: Option<u8>,
}

impl Flow {
    fn depth(&self) -> usize {
        self.open.len()
    }

    /// Takes apart one line, or the rest of one.
    fn line(&mut self, text: &str, range: Range<usize>, pieces: &mut Vec<Piece>) {
        let bytes = text.as_bytes();
        let mut at = range.start;
        while at < range.end {
            if self.quote.is_none() {
                match bytes[at] {
                    b' ' | b'\t' => {
                        at += 1;
                        continue;
                    }
                    open @ (b'{' | b'[') => {
                        // A key whose value is in brackets.
                        if let Some(key) = self.key.take() {
                            let depth = self.depth();
                            pieces.push(Piece {
                                column: 0,
                                key: Some(key),
                                value: at..at,
                                depth,
                                in_brackets: false,
                            });
                        }
                        self.open.push(open);
                        self.in_value = open == b'[';
                        at += 1;
                        continue;
                    }
                    b'}' | b']' => {
                        self.open.pop();
                        self.end_value();
                        at += 1;
                        if self.open.is_empty() {
                            let rest = at + indent(&text[at..range.end]);
                            if rest < range.end && !text[rest..range.end].starts_with('#') {
                                pieces.push(Piece {
                                    column: 0,
                                    key: None,
                                    value: rest..range.end,
                                    depth: 0,
                                    in_brackets: false,
                                });
                            }
                            return;
                        }
                        continue;
                    }
                    b',' => {
                        self.end_value();
                        at += 1;
                        continue;
                    }
                    b':' => {
                        self.in_value = true;
                        at += 1;
                        continue;
                    }
                    _ => {}
                }
            }
            let end = self.scalar(bytes, at, range.end);
            let behind = end + indent(&text[end..range.end]);
            let is_key =
                !self.in_value && self.quote.is_none() && text[behind..range.end].starts_with(':');
            if is_key {
                self.key = Some(at..end);
            } else {
                // A value that goes on after the first part keeps its key.
                let key = self.key.take();
                pieces.push(Piece {
                    column: usize::from(key.is_none()),
                    key,
                    value: at..end,
                    depth: self.depth(),
                    in_brackets: false,
                });
            }
            at = end;
        }
    }

    fn end_value(&mut self) {
        self.key = None;
        self.in_value = self.open.last() == Some(&b'[');
    }

    /// The end of the scalar that begins, or goes on, at `at`.
    fn scalar(&mut self, bytes: &[u8], at: usize, end: usize) -> usize {
        let mut next = at;
        let quote = match (self.quote, bytes[at]) {
            (Some(quote), _) => Some(quote),
            (None, quote @ (b'"' | b'\'')) => {
                next += 1;
                Some(quote)
            }
            _ => None,
        };
        if let Some(quote) = quote {
            while next < end {
                match bytes[next] {
                    b'\\' if quote == b'"' => next += 2,
                    byte if byte == quote => {
                        self.quote = None;
                        return next + 1;
                    }
                    _ => next += 1,
                }
            }
            self.quote = Some(quote);
            return end;
        }
        while next < end && !matches!(bytes[next], b',' | b'{' | b'}' | b'[' | b']') {
            let colon = bytes[next] == b':'
                && (next + 1 == end
                    || matches!(bytes[next + 1], b' ' | b'\t' | b'"' | b'{' | b'['));
            if colon && !self.in_value {
                break;
            }
            next += 1;
        }
        let text = &bytes[at..next];
        let blanks = text
            .iter()
            .rev()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count();
        (next - blanks).max(at + 1)
    }
}

#[cfg(test)]
mod tests {
    use crate::text::mask_file;

    const HEAD: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: edge}\n";

    fn hides(text: &str) {
        let masked = mask_file(text);
        assert!(
            text.contains("correct") && !masked.contains("correct"),
            "{masked}"
        );
        assert_eq!(masked.len(), text.len());
    }

    #[test]
    fn values_of_a_secret_are_masked_in_whatever_field_and_form_they_stand() {
        for rest in [
            "stringData:\n  password: correct-horse\n  port: 8080\n",
            "dat: {x: correct-horse}\n",
            "stringdata:\n  x: correct-horse\n",
            "stringData:\n  x: correct: horse\n",
            "stringData:\n  x: \"correct\n  user: x\n",
            "stringData:\n  x: \"a\n    correct: horse\"\n",
            "stringData:\n  x: |\n    correct: horse\n",
            "stringData:\n  x: |\n    # correct horse\n",
            "stringData:\n  x: a\n    correct\n",
            "stringData: [correct-horse]\n",
            "stringData: [correct: horse]\n",
            "stringData: {x: [a, correct]}\n",
            "stringData: {x: correct: horse}\n",
            "stringData: {\n  x: correct,\n  y: 1\n",
            "immutable: correct-horse\n",
            "  stringData:\n  x: correct\n",
            "correct-horse\n",
            "data:\n- correct\n",
        ] {
            hides(&format!("{HEAD}{rest}"));
        }
        hides("kind: Secret\nmetadata:\n  name: a\n  annotations:\n    last: correct\n");
        hides("stringData:\n  x: correct\nkind: Secret\n");
        hides("stringData:\n  x: correct\n\"kind\": \"Secret\"\n");
    }

    #[test]
    fn secrets_in_json_and_in_lists_are_masked() {
        hides(
            "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"db\"},\"stringData\":{\"p\":\"correct-horse\"",
        );
        hides(
            "{\"apiVersion\":\"v1\",\"stringData\":{\"p\":\"correct-horse\"},\"kind\":\"Secret\"}",
        );
        hides("{\n  \"kind\": \"Secret\",\n  \"stringData\": {\n    \"p\": \"correct\"\n  }\n}\n");
        hides(
            "kind: List\nitems:\n- kind: Secret\n  data:\n    a: correct\n- kind: ConfigMap\n  data: {b: c}\n",
        );
        hides("kind: List\nitems:\n- data:\n    a: correct\n  kind: Secret\n");
        hides("kind: List\nitems:\n- kind: Secret\ndata:\n  a: correct\n");
    }

    #[test]
    fn what_identifies_a_secret_stays_and_so_do_its_neighbors() {
        let text =
            format!("{HEAD}type: Opaque\ndata:\n  a: b\n---\nkind: ConfigMap\ndata:\n  c: dddd\n");
        let masked = mask_file(&text);
        for kept in [
            "kind: Secret",
            "name: db",
            "namespace: edge",
            "c: dddd",
            "  a: *",
        ] {
            assert!(masked.contains(kept), "{kept}: {masked}");
        }
        let list = "kind: List\nitems:\n- kind: Secret\n  data:\n    a: correct\n- kind: ConfigMap\n  data:\n    b: cccc\n";
        assert!(mask_file(list).contains("b: cccc"), "{}", mask_file(list));
    }

    #[test]
    fn values_under_telling_names_are_masked() {
        hides("a:\n  dbPassword: correct-horse\n");
        hides("a: {api_token: \"correct\"}\n");
        hides("env:\n- name: DB_PASSWORD\n  value: correct\n");
        hides("auth:\n  secretId: correct\n");
        hides("password: |\n  correct\n  horse\n");
        hides("password:\n  correct\n");
        hides("{\"password\":\"correct\"}");
    }

    #[test]
    fn settings_and_references_stay() {
        for text in [
            "passwordSecretRef:\n  name: keystore\n  key: word\n",
            "privateKey:\n  algorithm: ECDSA\n  size: 256\n",
            "privateKey: {algorithm: ECDSA}\n",
            "automountServiceAccountToken: false\n",
            "secretName: broker-tls\n",
            "issuerRef:\n  kind: ClusterIssuer\n  name: a\n",
            "tokenSecretRef: {name: vault, key: token}\n",
        ] {
            assert_eq!(mask_file(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_fail(text in "(kind: Secret|data|[:{}\\[\\]\"'|>\\-\\\\ \n,a#é]){0,60}") {
            let masked = mask_file(&text);
            proptest::prop_assert_eq!(masked.len(), text.len());
            proptest::prop_assert_eq!(masked.lines().count(), text.lines().count());
        }
    }
}
