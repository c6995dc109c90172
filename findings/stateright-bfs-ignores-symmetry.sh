#!/usr/bin/env bash
# stateright 0.31.0 accepts `symmetry()` for a breadth-first search and ignores it: states that differ only in the
# order of two processes count as different ones. The depth-first search counts them once, but its paths need not be
# the shortest. So it finds no shortest paths in a space that is reduced by symmetry.
# Output seen: "breadth first: 4 states, depth first: 3 states". The script fails if that changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cargo init --quiet --name finding
cargo add --quiet stateright@=0.31.0
cat >src/main.rs <<'RUST'
use stateright::{Checker, Model, Property, Representative};

/// Two processes, each of which runs once.
struct Processes;

#[derive(Clone, Debug, Hash, PartialEq)]
struct HaveRun([bool; 2]);

impl Representative for HaveRun {
    fn representative(&self) -> Self {
        let mut sorted = self.clone();
        sorted.0.sort();
        sorted
    }
}

impl Model for Processes {
    type State = HaveRun;
    type Action = usize;

    fn init_states(&self) -> Vec<HaveRun> {
        vec![HaveRun([false, false])]
    }

    fn actions(&self, state: &HaveRun, actions: &mut Vec<usize>) {
        actions.extend((0..2).filter(|process| !state.0[*process]));
    }

    fn next_state(&self, state: &HaveRun, process: usize) -> Option<HaveRun> {
        let mut next = state.clone();
        next.0[process] = true;
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("any", |_, _| true)]
    }
}

fn main() {
    let breadth = Processes.checker().symmetry().spawn_bfs().join().unique_state_count();
    let depth = Processes.checker().symmetry().spawn_dfs().join().unique_state_count();
    println!("breadth first: {breadth} states, depth first: {depth} states");
    std::process::exit(i32::from((breadth, depth) != (4, 3)));
}
RUST
CARGO_TARGET_DIR="$work/target" cargo run --quiet
