//! What the uses of a parameter and the calls of its function say about its type.

use tree_sitter::Node;

use super::Hints;
use crate::code::{children, is_field};
use crate::python::names::{Name, Use, scope};
use crate::python::types::{Type, infer};
use crate::python::{Parameter, argument, class_of, parameters};

impl<'a> Hints<'a> {
    /// The calls of the function in this file; `None` if it is used otherwise too.
    pub(super) fn calls(&self) -> Option<Vec<Node<'a>>> {
        let own = self.function.child_by_field_name("name")?;
        let name = Name::find(self.code, self.code.text(own));
        let owner = name.owner(scope(self.function));
        let others = name.of(owner).filter(|found| found.node.id() != own.id());
        let call = |node: Node<'a>| {
            let call = node.parent()?;
            (call.kind() == "call" && is_field(call, "function", node)).then_some(call)
        };
        others.map(|found| call(found.node)).collect()
    }

    /// The types that the calls in this file pass for a parameter, as far as they are known.
    pub(super) fn given(&self, parameter: &Parameter<'a>) -> Vec<Option<Type>> {
        let name = self.code.field(self.function, "name");
        let is_method = class_of(self.function).is_some();
        let all = parameters(self.function);
        let position = all
            .iter()
            .position(|other| other.name.id() == parameter.name.id());
        let skipped = usize::from(is_method && !self.is_static());
        let Some(idx) = position.and_then(|idx| idx.checked_sub(skipped)) else {
            return Vec::new();
        };
        let called = { self.code.identifiers(name).iter() }.filter_map(|node| {
            let parent = node.parent()?;
            let (callee, call) = match parent.kind() {
                "attribute" => (parent, parent.parent()?),
                _ => (*node, parent),
            };
            (call.kind() == "call" && is_field(call, "function", callee)).then_some(call)
        });
        called
            .filter_map(|call| argument(self.code, call, idx, parameter).ok()?)
            .map(|argument| infer(self.code, argument, 0))
            .collect()
    }

    fn uses(&self, name: &str) -> impl Iterator<Item = Node<'a>> {
        let range = self.function.byte_range();
        let is_within =
            move |node: &Node<'a>| range.start <= node.start_byte() && node.end_byte() <= range.end;
        self.code
            .identifiers(name)
            .iter()
            .copied()
            .filter(is_within)
    }

    pub(super) fn bindings(&self, parameter: &Parameter<'a>) -> usize {
        let name = Name::find(self.code, self.code.text(parameter.name));
        let bound = name
            .of(self.function)
            .filter(|found| found.usage != Use::Read);
        bound.count()
    }

    pub(super) fn is_rebound(&self, parameter: &Parameter<'a>) -> bool {
        self.bindings(parameter) > 1
    }

    /// Whether the body asks what type the parameter has, so that it may have several.
    pub(super) fn is_tested(&self, parameter: &Parameter<'a>) -> bool {
        let tests = |node: Node<'a>| {
            let around = node.parent()?;
            let is_argument = around.kind() == "argument_list";
            let called = is_argument.then(|| {
                self.code
                    .field(around.parent().unwrap_or(around), "function")
            });
            let is_matched = around.kind() == "match_statement";
            Some(
                matches!(called, Some("isinstance" | "type" | "hasattr" | "callable"))
                    || is_matched,
            )
        };
        let compares_to_none = |node: Node<'a>| {
            let around = node
                .parent()
                .filter(|around| around.kind() == "comparison_operator");
            around.is_some_and(|around| {
                self.code.text(around).ends_with("None")
                    && parameter
                        .default
                        .is_none_or(|default| default.kind() != "none")
            })
        };
        { self.uses(self.code.text(parameter.name)) }
            .any(|node| tests(node).unwrap_or(false) || compares_to_none(node))
    }

    /// Whether the parameter is used where only a whole number can be: in `range`, as an index or
    /// its bits.
    pub(super) fn is_used_whole(&self, name: &str) -> bool {
        self.uses(name).any(|node| {
            let Some(around) = node.parent() else {
                return false;
            };
            match around.kind() {
                "argument_list" => around
                    .parent()
                    .is_some_and(|call| self.code.field(call, "function") == "range"),
                "slice" => true,
                "binary_operator" => {
                    matches!(self.code.field(around, "operator"), "&" | "<<" | ">>" | "^")
                }
                _ => false,
            }
        })
    }

    /// Whether the parameter takes part in arithmetic that fractions are as good for.
    pub(super) fn is_divided(&self, name: &str) -> bool {
        self.uses(name).any(|node| {
            let around = node
                .parent()
                .filter(|around| around.kind() == "binary_operator");
            around.is_some_and(|around| {
                let has_float = children(around).iter().any(|node| node.kind() == "float");
                matches!(self.code.field(around, "operator"), "/" | "**") || has_float
            })
        })
    }

    pub(super) fn calls_method(&self, name: &str, methods: &[&str]) -> bool {
        self.uses(name).any(|node| {
            let around = node.parent().filter(|around| around.kind() == "attribute");
            around.is_some_and(|around| methods.contains(&self.code.field(around, "attribute")))
        })
    }
}
