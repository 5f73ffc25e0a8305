//! One round of fixes over one file.

use std::collections::BTreeMap;

use super::law::lawful;
use super::span::{Editor, TextEdit};
use crate::diagnostic::{Change, Edit, Fix, SourceId};
use crate::json_pointer::Pointer;
use crate::source::Source;

/// How many fixes of a file are tried one by one, when they cannot be made all at once.
const ONE_BY_ONE: usize = 64;

/// The text with as many of `fixes` as can be made together. Of two that overlap the first is made; the other waits for the
/// next round. None if there is nothing that can be made.
pub(crate) fn apply(id: SourceId, source: &Source, fixes: &[&Fix]) -> Option<String> {
    let editor = Editor::of(id, source)?;
    let all = together(&editor, fixes.iter().copied());
    if let Some(text) = lawful(&editor, &all).filter(|_| !all.is_empty()) {
        return Some(text);
    }
    let good: Vec<&Fix> = fixes
        .iter()
        .copied()
        .take(ONE_BY_ONE)
        .filter(|fix| alone(&editor, fix).is_some())
        .collect();
    let some = together(&editor, good.iter().copied());
    lawful(&editor, &some)
        .filter(|_| !some.is_empty())
        .or_else(|| alone(&editor, good.first()?))
}

/// The changes of the text that this one fix makes; none if it cannot be made.
pub(crate) fn edits(id: SourceId, source: &Source, fix: &Fix) -> Option<Vec<TextEdit>> {
    let editor = Editor::of(id, source)?;
    alone(&editor, fix)?;
    Some(
        together(&editor, std::iter::once(fix))
            .into_iter()
            .map(|(_, edit)| edit)
            .collect(),
    )
}

fn alone(editor: &Editor<'_>, fix: &Fix) -> Option<String> {
    let edits = together(editor, std::iter::once(fix));
    lawful(editor, &edits).filter(|_| !edits.is_empty())
}

/// The edits of every fix that does not overlap with one before it.
fn together<'f>(
    editor: &Editor<'_>,
    fixes: impl Iterator<Item = &'f Fix>,
) -> Vec<(&'f Edit, TextEdit)> {
    let mut taken: Vec<(&Edit, TextEdit)> = Vec::new();
    let mut by_start: BTreeMap<usize, usize> = BTreeMap::new();
    let mut removed: BTreeMap<(usize, Pointer), usize> = BTreeMap::new();
    for fix in fixes {
        let edits: Option<Vec<_>> = fix
            .edits
            .iter()
            .map(|edit| Some((edit, editor.text_edit(edit)?)))
            .collect();
        let Some(edits) = edits else { continue };
        let free = edits.iter().all(|(edit, text)| {
            is_free(&by_start, text) && leaves_something(editor, edit, &removed)
        });
        if !free {
            continue;
        }
        for (edit, text) in edits {
            by_start.insert(text.bytes.start, text.bytes.end);
            if let (Change::Remove, Some((holder, _))) = (&edit.change, editor.holder(edit)) {
                *removed.entry((edit.document, holder)).or_default() += 1;
            }
            taken.push((edit, text));
        }
    }
    taken
}

/// Whether no byte of it, and no place between two bytes, is claimed already.
fn is_free(taken: &BTreeMap<usize, usize>, edit: &TextEdit) -> bool {
    let own = &edit.bytes;
    let before = taken.range(..=own.start).next_back();
    let after = taken.range(own.start..).next();
    before.into_iter().chain(after).all(|(start, end)| {
        let touches = *start <= own.end && own.start <= *end;
        let between = own.is_empty() || start == end;
        !touches || (!between && (*start == own.end || own.start == *end))
    })
}

/// What empties a collection takes the collection with it: that is not for the same round as its other removals.
fn leaves_something(
    editor: &Editor<'_>,
    edit: &Edit,
    removed: &BTreeMap<(usize, Pointer), usize>,
) -> bool {
    if edit.change != Change::Remove {
        return true;
    }
    let Some((holder, size)) = editor.holder(edit) else {
        return false;
    };
    removed
        .get(&(edit.document, holder))
        .is_none_or(|already| already + 1 < size)
}
