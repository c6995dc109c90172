//! Collects everything that is wrong with a request, so that one response names all of it.

use crate::domain::{Constraint, Constraints};
use crate::json::{List, Member};

/// A member of the request and the rule that it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The member's path as AWS writes it in messages, for example `capabilities.video`.
    pub member: String,
    /// The rule.
    pub constraint: Constraint,
}

/// What is wrong with a request, in the order in which it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations {
    found: Vec<Violation>,
    unreadable_body: Option<&'static str>,
    /// The path of the structure that is being validated; empty at the top level.
    path: String,
}

/// Proof that a violation was reported. A function that returns it has nothing more to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported(());

impl Violations {
    /// Runs `validate`, and gives its value or everything that it reported.
    pub fn collect<T>(validate: impl FnOnce(&mut Self) -> Result<T, Reported>) -> Result<T, Self> {
        let mut violations = Self::default();
        validate(&mut violations).map_err(|Reported(())| violations)
    }

    /// Reports that the body as a whole can't be read. `message` is the sentence for the caller.
    pub fn unreadable_body(&mut self, message: &'static str) -> Reported {
        self.unreadable_body = Some(message);
        Reported(())
    }

    /// Reports the rules that a parsed value breaks, if it breaks any.
    pub fn check<T>(
        &mut self,
        member: &str,
        parsed: Result<T, Constraints>,
    ) -> Result<T, Reported> {
        parsed.map_err(|broken| self.report(member, broken))
    }

    /// A required member.
    pub fn required<V, T>(
        &mut self,
        member: &str,
        value: Member<V>,
        parse: impl FnOnce(V) -> Result<T, Constraints>,
    ) -> Result<T, Reported> {
        let parsed = self.optional(member, value, parse);
        self.require(member, parsed)
    }

    /// An optional member; an absent one is `None`.
    pub fn optional<V, T>(
        &mut self,
        member: &str,
        value: Member<V>,
        parse: impl FnOnce(V) -> Result<T, Constraints>,
    ) -> Result<Option<T>, Reported> {
        match value {
            Member::Absent => Ok(None),
            Member::Given(value) => self.check(member, parse(value)).map(Some),
            Member::WrongType(expected) => {
                Err(self.report(member, vec![Constraint::Type(expected)]))
            }
        }
    }

    /// A required structure. `validate` names the structure's members without its path.
    pub fn required_structure<V, T>(
        &mut self,
        member: &str,
        value: Member<V>,
        validate: impl FnOnce(V, &mut Self) -> Result<T, Reported>,
    ) -> Result<T, Reported> {
        let validated = self.optional_structure(member, value, validate);
        self.require(member, validated)
    }

    /// Reports a required member that is absent.
    pub fn require<T>(
        &mut self,
        member: &str,
        validated: Result<Option<T>, Reported>,
    ) -> Result<T, Reported> {
        validated?.ok_or_else(|| self.report(member, vec![Constraint::Required]))
    }

    /// An optional structure; an absent one is `None`. `validate` names the structure's members
    /// without its path.
    pub fn optional_structure<V, T>(
        &mut self,
        member: &str,
        value: Member<V>,
        validate: impl FnOnce(V, &mut Self) -> Result<T, Reported>,
    ) -> Result<Option<T>, Reported> {
        match self.optional(member, value, Ok)? {
            None => Ok(None),
            Some(structure) => {
                self.within(member, |violations| validate(structure, violations)).map(Some)
            }
        }
    }

    /// An optional list of structures, with at least `min` and at most `MAX` elements. Each is
    /// validated like a required structure, under a name such as `tags.1.member`.
    pub fn structures<V, T, const MAX: usize>(
        &mut self,
        member: &str,
        list: Member<List<V, MAX>>,
        min: usize,
        mut validate: impl FnMut(V, &mut Self) -> Result<T, Reported>,
    ) -> Result<Option<Vec<T>>, Reported> {
        self.list(member, list, min, |violations, element, value| {
            violations.required_structure(element, value, &mut validate)
        })
    }

    /// An optional list of values, with at least `min` and at most `MAX` elements. Each is parsed
    /// like a required member, under a name such as `tagKeys.1.member`.
    pub fn values<V, T, const MAX: usize>(
        &mut self,
        member: &str,
        list: Member<List<V, MAX>>,
        min: usize,
        parse: impl Fn(V) -> Result<T, Constraints>,
    ) -> Result<Option<Vec<T>>, Reported> {
        self.list(member, list, min, |violations, element, value| {
            violations.required(element, value, &parse)
        })
    }

    fn list<V, T, const MAX: usize>(
        &mut self,
        member: &str,
        list: Member<List<V, MAX>>,
        min: usize,
        mut validate: impl FnMut(&mut Self, &str, Member<V>) -> Result<T, Reported>,
    ) -> Result<Option<Vec<T>>, Reported> {
        let Some(list) = self.optional(member, list, Ok)? else {
            return Ok(None);
        };
        let length = match list.elements.len() {
            length if length < min => Err(vec![Constraint::MinLength(min)]),
            _ if list.is_longer => Err(vec![Constraint::MaxLength(MAX)]),
            _ => Ok(()),
        };
        let length = self.check(member, length);
        let elements =
            list.elements.into_iter().enumerate().map(|(index, value)| {
                validate(self, &format!("{member}.{}.member", index + 1), value)
            });
        // All elements are validated before the first error is returned.
        let elements: Vec<_> = elements.collect();
        length?;
        elements.into_iter().collect::<Result<_, _>>().map(Some)
    }

    /// Runs `validate`, which names members below `structure` without that path.
    pub fn within<T>(&mut self, structure: &str, validate: impl FnOnce(&mut Self) -> T) -> T {
        let path = self.path_of(structure);
        let outer = std::mem::replace(&mut self.path, path);
        let validated = validate(self);
        self.path = outer;
        validated
    }

    fn report(&mut self, member: &str, broken: Constraints) -> Reported {
        let member = self.path_of(member);
        let violation = |constraint| Violation { member: member.clone(), constraint };
        self.found.extend(broken.into_iter().map(violation));
        Reported(())
    }

    fn path_of(&self, member: &str) -> String {
        match self.path.as_str() {
            "" => member.to_owned(),
            path => format!("{path}.{member}"),
        }
    }

    /// The violations in the order in which they were found.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Violation> {
        self.found.iter()
    }

    /// The message about a body that can't be read, if that is what is wrong.
    pub fn about_body(&self) -> Option<&'static str> {
        self.unreadable_body
    }
}
