//! Recipes in a makefile: their lines begin with a tab, whatever a model writes.

use super::{TAB, columns, indent};

/// What begins a line that is no recipe's, though it stands among its lines.
const DIRECTIVES: [&str; 8] = [
    "ifeq", "ifneq", "ifdef", "ifndef", "else", "endif", "include", "-include",
];

/// Reads a makefile line by line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recipes {
    is_inside: bool,
    /// How deep the recipe's first line stands.
    width: Option<usize>,
    /// The file has another prefix than a tab.
    has_own_prefix: bool,
}

impl Recipes {
    /// Behind these lines, of which the last comes first.
    pub(crate) fn behind<'a>(above: impl Iterator<Item = &'a str>) -> Self {
        let mut recipes = Self::default();
        let lines: Vec<_> = above.collect();
        for line in lines.into_iter().rev() {
            recipes.line(line);
        }
        recipes
    }

    /// The line as it has to be.
    pub(crate) fn line(&mut self, line: &str) -> String {
        let white = indent(line);
        let body = &line[white.len()..];
        let is_directive = DIRECTIVES.iter().any(|word| {
            let rest = body.strip_prefix(word);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        });
        self.has_own_prefix |= body.starts_with(".RECIPEPREFIX");
        if body.is_empty() || self.has_own_prefix {
            return line.to_owned();
        }
        if white.is_empty() {
            let stays = self.is_inside && (body.starts_with('#') || is_directive);
            if !stays {
                self.is_inside = is_rule(body);
                self.width = None;
            }
        } else if white.starts_with('\t') {
            // What has a tab is a recipe, whether its rule is in sight or not.
            self.is_inside = true;
        } else if self.is_inside && !is_directive {
            let width = columns(white, TAB);
            let first = *self.width.get_or_insert(width);
            return format!("\t{}{body}", " ".repeat(width.saturating_sub(first)));
        }
        line.to_owned()
    }
}

/// Whether a line names targets and what they need, rather than setting a variable.
fn is_rule(line: &str) -> bool {
    let Some((_, behind)) = line.split_once(':') else {
        return false;
    };
    let is_set = behind.trim_start_matches(':').starts_with('=');
    !line.starts_with('#') && !is_set && !line.split(':').next().is_some_and(|it| it.contains('='))
}
