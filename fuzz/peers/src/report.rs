//! Counts by peer and verdict, with examples.

use crate::case::Case;
use crate::listed::LIST;
use crate::reading::Reading;
use crate::verdict::{Verdict, common, compare};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// All that one peer said.
pub(crate) struct Answers {
    pub(crate) peer: &'static str,
    pub(crate) version: String,
    /// The core's reading and the peer's, as they are to be compared.
    pub(crate) readings: Vec<(Reading, Reading)>,
}

#[derive(Default)]
struct Group {
    cases: usize,
    /// What is odd about those that are odd in one way only.
    odd: BTreeMap<String, (usize, String)>,
}

/// The summary, the details, and what fails the run.
pub(crate) struct Report {
    pub(crate) summary: String,
    pub(crate) details: String,
    pub(crate) failures: Vec<String>,
}

impl Report {
    pub(crate) fn new(cases: &[Case], answers: &[Answers]) -> Self {
        let mut report =
            Self { summary: String::new(), details: String::new(), failures: Vec::new() };
        let mut occurring = BTreeSet::new();
        for answer in answers {
            report.peer(cases, answer, &mut occurring);
        }
        for entry in LIST {
            // Another version may have been mended.
            let is_asked = |a: &Answers| entry.is_seen_in(a.peer, &a.version);
            if entry.is_certain && answers.iter().any(is_asked) && !occurring.contains(entry.name) {
                report.failures.push(format!("{}: no longer occurs: {}", entry.peer, entry.name));
            }
        }
        report
    }

    fn peer(&mut self, cases: &[Case], answers: &Answers, occurring: &mut BTreeSet<&'static str>) {
        let mut groups: BTreeMap<(bool, Verdict), Group> = BTreeMap::new();
        let (mut accepted, mut messages) = (0, 0);
        for (case, (ours, theirs)) in cases.iter().zip(&answers.readings) {
            let both = common(ours, theirs);
            accepted += usize::from(both > 0);
            messages += both;
            let mut verdict = compare(ours, theirs);
            if let Verdict::Boundary(what) = verdict {
                verdict =
                    Verdict::Boundary(self.boundary(case, answers, ours, theirs, what, occurring));
            }
            let group = groups.entry((!case.is_request(), verdict)).or_default();
            group.cases += 1;
            let example = || (0, format!("{} {:?}", case.id, String::from_utf8_lossy(&case.bytes)));
            group.odd.entry(case.what.clone()).or_insert_with(example).0 += 1;
        }
        let Answers { peer, version, .. } = answers;
        let _ = writeln!(
            self.summary,
            "{peer} {version}: both accept something of {accepted} of {} cases, {messages} messages",
            cases.len()
        );
        for ((is_response, verdict), group) in groups {
            self.group(peer, is_response, &verdict, &group);
        }
    }

    /// The name of a boundary disagreement in the list; a failure if it has none.
    fn boundary(
        &mut self,
        case: &Case,
        answers: &Answers,
        ours: &Reading,
        theirs: &Reading,
        what: String,
        occurring: &mut BTreeSet<&'static str>,
    ) -> String {
        let Answers { peer, version, .. } = answers;
        let listed = LIST.iter().find(|e| e.covers(peer, version, case, theirs));
        if let Some(entry) = listed {
            occurring.insert(entry.name);
            return format!("listed: {} ({})", entry.name, entry.rule);
        }
        self.failures.push(format!(
            "{peer} {version}: not in the list: {what}\n  {} ({})\n  bytes:  {:?}\n  ours:   {ours}\n  theirs: {theirs}",
            case.id,
            case.what,
            String::from_utf8_lossy(&case.bytes),
        ));
        what
    }

    fn group(&mut self, peer: &str, is_response: bool, verdict: &Verdict, group: &Group) {
        let kind = if is_response { "responses" } else { "requests" };
        let line = format!("  {peer}, {kind}: {verdict:?}: {} cases", group.cases);
        if matches!(verdict, Verdict::Agrees) {
            let _ = writeln!(self.summary, "{line}");
            return;
        }
        let _ = writeln!(self.summary, "{}", line.chars().take(180).collect::<String>());
        let _ = writeln!(self.details, "{line}");
        let mut odd: Vec<_> = group.odd.iter().collect();
        odd.sort_by_key(|(what, (n, _))| (what.contains(" + "), std::cmp::Reverse(*n)));
        for (what, (n, example)) in odd.into_iter().take(12) {
            let example: String = example.chars().take(400).collect();
            let _ = writeln!(self.details, "    {n} {what}\n        {example}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listed::Entry;
    use crate::ours;

    /// The failures, if llhttp of this version reads one request as `change` makes it.
    fn failures(version: &str, change: fn(&mut Reading)) -> Vec<String> {
        let bytes = b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx".to_vec();
        let case = Case::requests("1".into(), "plain".into(), bytes);
        let ours = ours::read(&case);
        let mut theirs = ours.clone();
        change(&mut theirs);
        let version = version.into();
        let answers = Answers { peer: "llhttp", version, readings: vec![(ours, theirs)] };
        Report::new(&[case], &[answers]).failures
    }

    #[test]
    fn a_boundary_that_is_not_in_the_list_fails() {
        assert!(failures("0", |_| {}).is_empty());
        let failures = failures("0", |theirs| theirs.messages[0].content.clear());
        assert_eq!(failures.len(), 1);
        assert!(failures[0].contains("not in the list: other content"), "{failures:?}");
    }

    #[test]
    fn an_entry_that_its_version_no_longer_shows_fails() {
        let stale = failures("9.3.1 in Node", |_| {});
        let is_its = |e: &&Entry| e.is_seen_in("llhttp", "9.3.1 in Node") && e.is_certain;
        let of_llhttp = LIST.iter().filter(is_its).count();
        assert_eq!(stale.len(), of_llhttp);
        assert!(stale[0].contains("no longer occurs"), "{stale:?}");
    }
}
