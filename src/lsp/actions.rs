//! Fixes as code actions.

use std::collections::HashMap;

use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, Range, TextEdit, Uri,
    WorkspaceEdit,
};

use super::{Judged, findings, text};
use crate::diagnostic::{Diagnostic, Fix, Safety};
use crate::fix::{apply, edits};

/// "Fix all" of this server, as clients ask for it on save.
pub(super) const FIX_ALL: &str = "source.fixAll.trustc";

/// What can be done in a range; of all findings at once, if that is asked for.
pub(super) fn actions(judged: &Judged, params: &CodeActionParams) -> Vec<CodeActionOrCommand> {
    let uri = &params.text_document.uri;
    let only = params.context.only.as_deref();
    let wanted = |kind: &str| {
        let asked = |only: &CodeActionKind| {
            kind == only.as_str() || kind.starts_with(&format!("{}.", only.as_str()))
        };
        only.is_none_or(|only| only.iter().any(asked))
    };
    let mut actions = Vec::new();
    if wanted(CodeActionKind::QUICKFIX.as_str()) {
        actions.extend(
            judged
                .diagnostics
                .iter()
                .filter_map(|diagnostic| quick(judged, uri, &params.range, diagnostic)),
        );
    }
    // Unasked it would stand in every menu.
    if only.is_some() && wanted(FIX_ALL) {
        actions.extend(all(judged, uri));
    }
    actions
}

fn quick(
    judged: &Judged,
    uri: &Uri,
    within: &Range,
    diagnostic: &Diagnostic,
) -> Option<CodeActionOrCommand> {
    let fix = mendable(judged, diagnostic)?;
    let told = findings::one(judged, uri, diagnostic)?;
    if told.range.start > within.end || within.start > told.range.end {
        return None;
    }
    let source = judged.sources.get(judged.id);
    let changes = edits(judged.id, source, fix)?;
    let old = source.text()?;
    let changes = changes
        .into_iter()
        .map(|edit| TextEdit::new(text::range(old, &edit.bytes), edit.text))
        .collect();
    let read_first = if fix.safety == Safety::Unsafe {
        " (changes the meaning)"
    } else {
        ""
    };
    Some(CodeActionOrCommand::CodeAction(CodeAction {
        title: format!("{}{read_first}", fix.title.line()),
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![told]),
        edit: Some(workspace(uri, changes)),
        is_preferred: Some(fix.safety == Safety::Safe),
        ..CodeAction::default()
    }))
}

fn all(judged: &Judged, uri: &Uri) -> Option<CodeActionOrCommand> {
    let fixes = judged
        .diagnostics
        .iter()
        .filter_map(|diagnostic| mendable(judged, diagnostic));
    let safe: Vec<&Fix> = fixes.filter(|fix| fix.safety == Safety::Safe).collect();
    let source = judged.sources.get(judged.id);
    let new = apply(judged.id, source, &safe)?;
    let old = source.text()?;
    let changes = vec![TextEdit::new(text::range(old, &(0..old.len())), new)];
    Some(CodeActionOrCommand::CodeAction(CodeAction {
        title: "Make every safe fix of trustc".to_owned(),
        kind: Some(CodeActionKind::new(FIX_ALL)),
        edit: Some(workspace(uri, changes)),
        ..CodeAction::default()
    }))
}

/// The fix of a finding, if all of it is in this document.
fn mendable<'d>(judged: &Judged, diagnostic: &'d Diagnostic) -> Option<&'d Fix> {
    diagnostic
        .fix
        .as_ref()
        .filter(|fix| fix.edits.iter().all(|edit| edit.source == judged.id))
}

fn workspace(uri: &Uri, changes: Vec<TextEdit>) -> WorkspaceEdit {
    WorkspaceEdit {
        changes: Some(HashMap::from([(uri.clone(), changes)])),
        ..WorkspaceEdit::default()
    }
}
