//! Which uses of a name in a Rust function are the same local variable.

mod format;

use tree_sitter::Node;

use self::format::{FORMATS, Place, inline};
use crate::code::{Code, MAX_DEPTH, children, is_field};

/// What a use of the name has to become when it is renamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The name alone.
    Plain,
    /// `Foo { x }`, as an expression or a pattern: the field keeps its name.
    Shorthand,
    /// `{x}` in a format string; the range is that of the name within.
    Inline,
    /// It may be the variable, or something else with its name.
    Doubtful,
}

/// A use of the name, as a byte range, with the variable it is.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) form: Form,
    /// Which variable of this name, counted by their bindings; `None` for none of this function.
    pub(super) variable: Option<usize>,
}

/// The uses of `name` within `function`; `None` if the code nests too deep to tell.
pub(super) fn uses<'a>(code: Code<'a>, function: Node<'a>, name: &'a str) -> Option<Vec<Found>> {
    let mut resolver = Resolver {
        code,
        name,
        found: Vec::new(),
        current: None,
        variables: 0,
        too_deep: false,
    };
    resolver.function(function, 0);
    (!resolver.too_deep).then_some(resolver.found)
}

struct Resolver<'a> {
    code: Code<'a>,
    name: &'a str,
    found: Vec<Found>,
    /// The variable that the name means here.
    current: Option<usize>,
    variables: usize,
    too_deep: bool,
}

impl<'a> Resolver<'a> {
    /// A function sees no variables from around it.
    fn function(&mut self, function: Node<'a>, depth: usize) {
        let outer = self.current.take();
        if let Some(parameters) = function.child_by_field_name("parameters") {
            self.bind(parameters, depth);
        }
        if let Some(body) = function.child_by_field_name("body") {
            self.visit(body, depth);
        }
        self.current = outer;
    }

    fn visit(&mut self, node: Node<'a>, depth: usize) {
        if depth > MAX_DEPTH * 2 {
            self.too_deep = true;
            return;
        }
        let depth = depth + 1;
        match node.kind() {
            "function_item" => self.function(node, depth),
            "identifier" => self.identifier(node),
            "shorthand_field_initializer" => {
                let last = children(node)
                    .into_iter()
                    .rfind(|child| child.kind() == "identifier");
                if let Some(identifier) = last.filter(|child| self.code.text(*child) == self.name) {
                    self.note(identifier, Form::Shorthand);
                }
            }
            "macro_invocation" => self.invocation(node),
            "let_declaration" => {
                self.fields(node, &["value", "alternative"], depth);
                self.field_pattern(node, depth);
            }
            "let_condition" => {
                self.fields(node, &["value"], depth);
                self.field_pattern(node, depth);
            }
            "for_expression" => {
                self.fields(node, &["value"], depth);
                let outer = self.current;
                self.field_pattern(node, depth);
                self.fields(node, &["body"], depth);
                self.current = outer;
            }
            "if_expression" => {
                let outer = self.current;
                self.fields(node, &["condition", "consequence"], depth);
                self.current = outer;
                self.fields(node, &["alternative"], depth);
            }
            "match_arm" => {
                let outer = self.current;
                if let Some(pattern) = node.child_by_field_name("pattern") {
                    let guard = pattern.child_by_field_name("condition");
                    let own = children(pattern)
                        .into_iter()
                        .filter(|child| Some(child.id()) != guard.map(|guard| guard.id()));
                    let own: Vec<_> = own.collect();
                    self.bind_all(&own, depth);
                    guard.into_iter().for_each(|guard| self.visit(guard, depth));
                }
                self.fields(node, &["value"], depth);
                self.current = outer;
            }
            "closure_expression" => {
                let outer = self.current;
                if let Some(parameters) = node.child_by_field_name("parameters") {
                    self.bind(parameters, depth);
                }
                self.fields(node, &["body"], depth);
                self.current = outer;
            }
            "block" | "while_expression" => {
                let outer = self.current;
                self.children(node, depth);
                self.current = outer;
            }
            // Items see no variables, attributes and types are no code, a path is never a variable.
            kind if kind.ends_with("_item") || kind.ends_with("_definition") => {
                let outer = self.current.take();
                self.children(node, depth);
                self.current = outer;
            }
            "scoped_identifier" | "use_declaration" | "attribute_item" | "label" | "lifetime"
            | "type_arguments" => {}
            _ => self.children(node, depth),
        }
    }

    fn children(&mut self, node: Node<'a>, depth: usize) {
        for child in children(node) {
            self.visit(child, depth);
        }
    }

    fn fields(&mut self, node: Node<'a>, names: &[&str], depth: usize) {
        for field in names
            .iter()
            .filter_map(|name| node.child_by_field_name(name))
        {
            self.visit(field, depth);
        }
    }

    fn identifier(&mut self, node: Node<'a>) {
        let is_name = node.parent().is_some_and(|parent| {
            parent.kind().ends_with("_item") && is_field(parent, "name", node)
        });
        if self.code.text(node) == self.name && !is_name {
            self.note(node, Form::Plain);
        }
    }

    fn note(&mut self, node: Node<'a>, form: Form) {
        self.note_range(node.start_byte(), node.end_byte(), form);
    }

    fn note_range(&mut self, start: usize, end: usize, form: Form) {
        self.found.push(Found {
            start,
            end,
            form,
            variable: self.current,
        });
    }

    fn field_pattern(&mut self, node: Node<'a>, depth: usize) {
        if let Some(pattern) = node.child_by_field_name("pattern") {
            self.bind(pattern, depth);
        }
    }

    fn bind(&mut self, pattern: Node<'a>, depth: usize) {
        self.bind_all(&[pattern], depth);
    }

    /// Patterns that bind together; all places of the name in them are one variable.
    fn bind_all(&mut self, patterns: &[Node<'a>], depth: usize) {
        let mut places = Vec::new();
        for pattern in patterns {
            self.places(*pattern, &mut places, depth);
        }
        if places.is_empty() {
            return;
        }
        self.variables += 1;
        self.current = Some(self.variables);
        for (node, form) in places {
            self.note(node, form);
        }
    }

    fn places(&mut self, pattern: Node<'a>, places: &mut Vec<(Node<'a>, Form)>, depth: usize) {
        if depth > MAX_DEPTH * 2 {
            self.too_deep = true;
            return;
        }
        let is_ours = self.code.text(pattern) == self.name;
        match pattern.kind() {
            "identifier" if is_ours => places.push((pattern, Form::Plain)),
            "shorthand_field_identifier" if is_ours => places.push((pattern, Form::Shorthand)),
            "macro_invocation" if self.code.text(pattern).contains(self.name) => {
                places.push((pattern, Form::Doubtful));
            }
            "scoped_identifier" | "range_pattern" | "macro_invocation" | "type_arguments" => {}
            _ => {
                for child in children(pattern) {
                    let is_type =
                        is_field(pattern, "type", child) || is_field(pattern, "name", child);
                    let is_shorthand = child.kind() == "shorthand_field_identifier";
                    if !is_type || is_shorthand {
                        self.places(child, places, depth + 1);
                    }
                }
            }
        }
    }

    /// What a macro does with its tokens is known of few; in those, a name is the variable unless
    /// it is a field, a key or a path.
    fn invocation(&mut self, node: Node<'a>) {
        let path = self.code.field(node, "macro");
        let name = path.rsplit("::").next().unwrap_or(path);
        let Some(tokens) = children(node)
            .into_iter()
            .find(|child| child.kind() == "token_tree")
        else {
            return;
        };
        if !self.code.text(tokens).contains(self.name) {
            return;
        }
        let format = FORMATS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, place)| *place);
        match format {
            Some(place) => self.tokens(tokens, Some(place), 0),
            None => self.doubtful(tokens),
        }
    }

    fn doubtful(&mut self, tokens: Node<'a>) {
        let mut found = Vec::new();
        firesteel_syntax::walk(tokens, |node, _| {
            let text = self.code.text(node);
            let is_name = node.kind() == "identifier" && text == self.name;
            let is_string = node.kind() == "string_literal" && !inline(text, self.name).is_empty();
            found.extend((is_name || is_string).then_some(node));
            firesteel_syntax::Step::Into
        });
        for node in found {
            self.note(node, Form::Doubtful);
        }
    }

    fn tokens(&mut self, tree: Node<'a>, place: Option<Place>, depth: usize) {
        if depth > MAX_DEPTH {
            self.too_deep = true;
            return;
        }
        let mut cursor = tree.walk();
        let tokens: Vec<Node<'a>> = tree
            .children(&mut cursor)
            .filter(|token| !token.is_extra())
            .collect();
        let code = self.code;
        let text = |idx: usize| tokens.get(idx).map_or("", |token| code.text(*token));
        // Within, names may be bound anew, and the tokens do not say where.
        let binds = tokens.iter().any(|token| {
            matches!(
                self.code.text(*token),
                "let" | "|" | "||" | "=>" | "fn" | "for"
            )
        });
        let is_block = text(0) == "{";
        let names_argument =
            (0..tokens.len()).any(|idx| text(idx) == self.name && text(idx + 1) == "=");
        let (mut argument, mut format) = (0, place);
        for (idx, token) in tokens.iter().enumerate() {
            let before = idx.checked_sub(1).map_or("", text);
            match token.kind() {
                "," => argument += 1,
                "token_tree" => {
                    let is_macros = before == "!";
                    if is_macros || binds {
                        self.doubtful(*token);
                    } else {
                        self.tokens(*token, None, depth + 1);
                    }
                }
                "string_literal" if format.is_some_and(|place| place.is(argument)) => {
                    format = None;
                    // `x = …` among the arguments is what `{x}` means then.
                    if !names_argument {
                        self.inline(*token);
                    }
                }
                "identifier" if self.code.text(*token) == self.name => {
                    let after = text(idx + 1);
                    let is_other = before == "." || before == "::" || after == "::" || after == "!";
                    let is_key = after == "=" || after == ":";
                    let form = if binds || is_block || (is_key && place.is_none()) {
                        Form::Doubtful
                    } else {
                        Form::Plain
                    };
                    let is_keyword = is_key && place.is_some();
                    if !is_other && !is_keyword {
                        self.note(*token, form);
                    }
                }
                _ => {}
            }
        }
    }

    /// The places of the name in a format string.
    fn inline(&mut self, string: Node<'a>) {
        let start = string.start_byte();
        for (from, to) in inline(self.code.text(string), self.name) {
            self.note_range(start + from, start + to, Form::Inline);
        }
    }
}
