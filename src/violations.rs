//! Collecting everything that is wrong with a request, so that one answer names it all.

use std::ops::RangeInclusive;

use crate::domain::{Constraint, Constraints};
use crate::json::Member;

/// A member of the request and the rule it broke.
#[derive(Debug, PartialEq, Eq)]
pub struct Violation {
    /// The member as AWS names it in messages, for example `capabilities.video`.
    pub member: String,
    /// The rule.
    pub constraint: Constraint,
}

/// What is wrong with a request, in the order in which it was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// A value that always comes, such as one from the path. `None` when it broke a rule.
    pub fn check<T>(&mut self, member: &str, parsed: Result<T, impl Into<Broken>>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(broken) => {
                for constraint in broken.into().0 {
                    self.0.push(Violation { member: member.to_owned(), constraint });
                }
                None
            }
        }
    }

    /// A required member. `None` when it is absent, of the wrong type, or broke a rule.
    pub fn required<W, T, E: Into<Broken>>(
        &mut self,
        member: &str,
        value: Member<W>,
        parse: impl FnOnce(W) -> Result<T, E>,
    ) -> Option<T> {
        match value {
            Member::Given(wire) => self.check(member, parse(wire)),
            Member::WrongType(expected) => self.check(member, Err(Constraint::Type(expected))),
            Member::Absent => self.check(member, Err(Constraint::Required)),
        }
    }

    /// An optional member. `None` when it is of the wrong type or broke a rule, `Some(None)` when it
    /// is absent.
    pub fn optional<W, T, E: Into<Broken>>(
        &mut self,
        member: &str,
        value: Member<W>,
        parse: impl FnOnce(W) -> Result<T, E>,
    ) -> Option<Option<T>> {
        self.optional_structure(member, value, |violations, wire| {
            violations.check(member, parse(wire))
        })
    }

    /// A required structure, read by a function that reports what it finds by itself.
    pub fn required_structure<W, T>(
        &mut self,
        member: &str,
        value: Member<W>,
        read: impl FnOnce(&mut Self, W) -> Option<T>,
    ) -> Option<T> {
        match self.optional_structure(member, value, read)? {
            Some(value) => Some(value),
            None => self.check(member, Err(Constraint::Required)),
        }
    }

    /// The elements of a list, each read under its name, for example `tags.1.member`. `None` when
    /// there are too few or too many, or something is wrong with one.
    pub fn elements<W, T>(
        &mut self,
        member: &str,
        list: Vec<Member<W>>,
        length: RangeInclusive<usize>,
        mut read: impl FnMut(&mut Self, &str, W) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut elements = Some(Vec::new());
        if list.len() < *length.start() {
            elements = self.check(member, Err(Constraint::MinLength(*length.start())));
        }
        if list.len() > *length.end() {
            elements = self.check(member, Err(Constraint::MaxLength(*length.end())));
        }
        // Those beyond the limit are wrong by being there, however many they are.
        for (index, element) in list.into_iter().take(*length.end()).enumerate() {
            let name = format!("{member}.{}.member", index + 1);
            let read = self.required_structure(&name, element, |violations, wire| {
                read(violations, &name, wire)
            });
            // What is wrong with one element must not hide what is wrong with the next.
            elements = elements.zip(read).map(|(mut elements, read)| {
                elements.push(read);
                elements
            });
        }
        elements
    }

    /// An optional structure, read by a function that reports what it finds by itself. `None` when
    /// something is wrong with it, `Some(None)` when it is absent.
    pub fn optional_structure<W, T>(
        &mut self,
        member: &str,
        value: Member<W>,
        read: impl FnOnce(&mut Self, W) -> Option<T>,
    ) -> Option<Option<T>> {
        match value {
            Member::Absent => Some(None),
            Member::Given(wire) => read(self, wire).map(Some),
            Member::WrongType(expected) => self.check(member, Err(Constraint::Type(expected))),
        }
    }

    /// What was found, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Violation> {
        self.0.iter()
    }
}

/// One broken rule, or several.
#[derive(Debug)]
pub struct Broken(Constraints);

impl From<Constraint> for Broken {
    fn from(constraint: Constraint) -> Self {
        Self(vec![constraint])
    }
}

impl From<Constraints> for Broken {
    fn from(constraints: Constraints) -> Self {
        Self(constraints)
    }
}
