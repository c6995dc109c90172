//! Visits every state of a model, breadth first.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::callers::{Finding, History, Model, Protocol, Report, Step};

/// Explores all states, or those until the first broken promise. Not public, so that it is compiled
/// with the optimization of this package.
pub(crate) fn explore<P: Protocol>(model: &Model<P>) -> Report<P> {
    let mut search = Search { visited: HashSet::new(), origins: Vec::new() };
    let mut report =
        Report { states: 0, broken: None, imprecisions: Vec::new(), kinds: Vec::new() };
    let mut known_kinds = HashSet::new();
    let initial = P::canonical(model.protocol.initial());
    let mut generation = vec![(initial, search.visit(&initial, 0).unwrap_or(0))];
    'search: while !generation.is_empty() {
        let mut following = Vec::new();
        for (state, origin) in generation {
            for step in model.steps(state) {
                let next = P::canonical(step.next);
                let index = search.visit(&next, origin);
                let history =
                    |is_last: &dyn Fn(&Step<P>) -> bool| search.history(model, origin, is_last);
                if model.bug.is_none() && known_kinds.insert(step.action.kind()) {
                    report.kinds.push(history(&|last| last.action.kind() == step.action.kind()));
                }
                let promise = match step.finding {
                    Some(Finding::Breaks(promise)) => Some(promise),
                    _ => index.and(model.broken(&next)),
                };
                if let Some(promise) = promise {
                    let is_last = |last: &Step<P>| {
                        last.finding == step.finding && P::canonical(last.next) == next
                    };
                    report.broken = Some((promise, history(&is_last)));
                    break 'search;
                }
                if let Some(Finding::Shows(name)) = step.finding
                    && report.imprecisions.iter().all(|(known, _)| *known != name)
                {
                    report.imprecisions.push((name, history(&|last| last.finding == step.finding)));
                }
                if let Some(index) = index {
                    following.push((next, index));
                }
            }
        }
        generation = following;
    }
    report.states = search.origins.len();
    report
}

/// The visited states, by the hash of each: 64 bits, so that two of ten million states collide with
/// a probability of one in 400,000, and two of 44 million, the most so far, with one in 19,000.
struct Search {
    visited: HashSet<u64>,
    /// The hash of each state, and the index of the state before it.
    origins: Vec<(u64, u32)>,
}

impl Search {
    /// Returns the index of a state, unless it was visited before.
    fn visit(&mut self, state: &impl Hash, origin: u32) -> Option<u32> {
        let hash = hash(state);
        if !self.visited.insert(hash) {
            return None;
        }
        self.origins.push((hash, origin));
        u32::try_from(self.origins.len() - 1).ok()
    }

    /// A history to the state with this index, and one more step. The states of the search are
    /// representatives, so this repeats the history with states that keep their names.
    fn history<P: Protocol>(
        &self,
        model: &Model<P>,
        mut index: u32,
        is_last: &dyn Fn(&Step<P>) -> bool,
    ) -> History<P> {
        let mut hashes = Vec::new();
        while index != 0 {
            let (hash, origin) = self.origins[index as usize];
            hashes.push(hash);
            index = origin;
        }
        let (mut state, mut history) = (model.protocol.initial(), Vec::new());
        for expected in hashes.into_iter().rev() {
            let mut steps = model.steps(state).into_iter();
            let Some(step) = steps.find(|step| hash(&P::canonical(step.next)) == expected) else {
                break;
            };
            history.push(step);
            state = step.next;
        }
        history.extend(model.steps(state).into_iter().find(|step| is_last(step)));
        history
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
