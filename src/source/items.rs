//! Where the items of one list stand in a document, found without building anything of them: a list may have a hundred
//! thousand.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::parse::{MAX_DEPTH, Offsets};

/// The mappings in a list, each of which can be read by itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Items {
    /// The document with an empty list in its place.
    pub(crate) rest: String,
    /// The bytes of each.
    pub(crate) items: Vec<Range<u32>>,
}

/// The items of the list below these keys. None if there is no such list, or if it may be that an item by itself would mean
/// something else than in its document: then the document has to be read as a whole.
pub(crate) fn items(text: &str, keys: &[&str]) -> Option<Items> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let offsets = Offsets::new(body, text.len() - body.len());
    let mut finder = Finder {
        keys,
        open: Vec::new(),
        list: None,
        items: Vec::new(),
    };
    for event in Parser::new_from_str(body) {
        let (event, span) = event.ok()?;
        let bytes = offsets.byte(span.start.index())..offsets.byte(span.end.index());
        finder.event(&event, bytes)?;
    }
    let list = finder.list.filter(|list| !list.is_empty())?;
    let (before, behind) = (
        text.get(..list.start)?.trim_end(),
        text.get(text[..list.end].trim_end().len()..)?,
    );
    // Of a list that is indented as its key is, the first item counts as the beginning.
    let before = before
        .strip_suffix('-')
        .filter(|before| before.ends_with([' ', '\n']))
        .unwrap_or(before)
        .trim_end();
    Some(Items {
        rest: format!("{before} []{behind}"),
        items: finder.items,
    })
}

/// An item of a text as a document of its own: its lines begin in the columns in which they stand.
pub(crate) fn item(text: &[u8], item: &Range<u32>) -> Option<String> {
    let (start, end) = (item.start as usize, item.end as usize);
    let written = std::str::from_utf8(text.get(start..end)?).ok()?;
    if !written.contains('\n') {
        return Some(written.to_owned());
    }
    let line = text[..start]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let column = std::str::from_utf8(&text[line..start])
        .ok()?
        .chars()
        .count();
    Some(format!("{:column$}{written}", ""))
}

struct Finder<'k> {
    keys: &'k [&'k str],
    open: Vec<Open>,
    list: Option<Range<usize>>,
    items: Vec<Range<u32>>,
}

/// A collection whose end has not come yet.
enum Open {
    /// How many of the keys lead here, if it is on their way; and whether the key that was read last is the next one of them.
    Mapping {
        depth: Option<usize>,
        key: Option<bool>,
    },
    /// The list itself: its first byte, and that of the item that is open.
    List {
        start: usize,
        item: usize,
    },
    Sequence,
}

impl Finder<'_> {
    fn event(&mut self, event: &Event<'_>, bytes: Range<usize>) -> Option<()> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse(*anchor, tag.as_deref())?;
                // Their ends are not where they seem to be.
                let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                match self.open.last_mut() {
                    Some(Open::Mapping {
                        depth,
                        key: key @ None,
                    }) => {
                        *key = Some(
                            depth.is_some_and(|depth| self.keys.get(depth) == Some(&text.as_ref())),
                        );
                    }
                    Some(Open::Mapping { key, .. }) => *key = None,
                    // No mapping.
                    Some(Open::List { .. }) => return None,
                    Some(Open::Sequence) | None => {}
                }
                (!is_block).then_some(())
            }
            Event::Alias(_) => None,
            Event::MappingStart(anchor, tag) => {
                self.refuse(*anchor, tag.as_deref())?;
                let depth = self.begin(bytes.start)?;
                self.open(Open::Mapping { depth, key: None })
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse(*anchor, tag.as_deref())?;
                let is_item = matches!(self.open.last(), Some(Open::List { .. }));
                let is_list = self.begin(bytes.start)? == Some(self.keys.len());
                match is_list {
                    _ if is_item => None,
                    true if self.list.is_some() => None,
                    true => self.open(Open::List {
                        start: bytes.start,
                        item: 0,
                    }),
                    false => self.open(Open::Sequence),
                }
            }
            Event::MappingEnd | Event::SequenceEnd => {
                if let Some(Open::List { start, .. }) = self.open.pop() {
                    self.list = Some(start..bytes.end);
                }
                if let Some(Open::List { item, .. }) = self.open.last() {
                    self.items
                        .push(u32::try_from(*item).ok()?..u32::try_from(bytes.end).ok()?);
                }
                Some(())
            }
            _ => Some(()),
        }
    }

    /// A collection begins: how many of the keys lead to it, if it is on their way.
    fn begin(&mut self, at: usize) -> Option<Option<usize>> {
        match self.open.last_mut() {
            None => Some(Some(0)),
            // A key that is no text.
            Some(Open::Mapping { key: None, .. }) => None,
            Some(Open::Mapping { depth, key }) => {
                let is_next = key.take() == Some(true);
                Some(depth.filter(|_| is_next).map(|depth| depth + 1))
            }
            Some(Open::List { item, .. }) => {
                *item = at;
                Some(None)
            }
            Some(Open::Sequence) => Some(None),
        }
    }

    fn open(&mut self, open: Open) -> Option<()> {
        self.open.push(open);
        (self.open.len() <= MAX_DEPTH).then_some(())
    }

    /// What has a name, or a type of its own, may mean something elsewhere.
    fn refuse(&self, anchor: usize, tag: Option<&Tag>) -> Option<()> {
        (anchor == 0 && tag.is_none()).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(String, Vec<String>)> {
        let Items { rest, items } = items(text, &["spec", "sites"])?;
        Some((
            rest,
            items
                .iter()
                .map(|one| {
                    item(text.as_bytes(), one)
                        .expect("it is in the text")
                        .trim_end()
                        .to_owned()
                })
                .collect(),
        ))
    }

    #[test]
    fn items_can_be_read_by_themselves() {
        for (text, rest, items) in [
            (
                "spec: {sites: [{a: 1}, {b: [2, {c: 3}]}], x: y}\n",
                "spec: {sites: [], x: y}\n",
                &["{a: 1}", "{b: [2, {c: 3}]}"][..],
            ),
            (
                "spec:\n  sites:\n    - a: 1\n      b:\n    # on c\n    - c: \"d\"\n  x: y\n",
                "spec:\n  sites: []\n  x: y\n",
                &["      a: 1\n      b:\n    # on c", "      c: \"d\""],
            ),
            (
                "\u{feff}spec:\n  y: \u{e4}\n  sites:\n  - a: \u{fc}\n    b: 2\n",
                "\u{feff}spec:\n  y: \u{e4}\n  sites: []\n",
                &["    a: \u{fc}\n    b: 2"],
            ),
            (
                "sites: [{no: 1}]\nspec:\n  deep: {sites: [{no: 1}]}\n  sites: [{yes: {sites: [{a: 1}]}}]\n",
                "sites: [{no: 1}]\nspec:\n  deep: {sites: [{no: 1}]}\n  sites: []\n",
                &["{yes: {sites: [{a: 1}]}}"],
            ),
            ("spec: {sites: []}\n", "spec: {sites: []}\n", &[]),
        ] {
            let items = items.iter().map(|item| (*item).to_owned()).collect();
            assert_eq!(found(text), Some((rest.to_owned(), items)), "{text}");
        }
    }

    #[test]
    fn what_is_out_of_the_ordinary_is_left_to_those_who_read_all_of_it() {
        for text in [
            "",
            "- 1\n",
            "spec: {sites: x}\n",
            "spec: {}\n",
            "spec: {sites: [a]}\n",
            "spec: {sites: [[a]]}\n",
            "spec: {sites: [{a: &x 1}, {b: *x}]}\n",
            "x: &x 1\nspec: {sites: [{b: 1}]}\n",
            "spec: {sites: [{a: !!str 1}]}\n",
            "spec:\n  sites:\n  - a: |\n      text\n",
            "spec: {sites: [{a: 1}]}\nspec: {sites: [{a: 1}]}\n",
            "spec: {sites: [{a: 1}\n",
            "spec: {sites: [{? [a] : b}]}\n",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
