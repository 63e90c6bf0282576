//! A radix trie over bytes: values at keys, and all values along one key's path.

/// Values by key; keys that begin alike share their beginning.
pub(super) struct Trie<V> {
    root: Node<V>,
    len: usize,
}

struct Node<V> {
    /// What follows the parent's key; empty only at the root.
    label: Vec<u8>,
    value: Option<V>,
    /// Each begins with a byte of its own.
    children: Vec<Node<V>>,
}

impl<V> Default for Trie<V> {
    fn default() -> Self {
        Self {
            root: Node::leaf(&[], None),
            len: 0,
        }
    }
}

impl<V> Trie<V> {
    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Puts a value at a key; returns what was there.
    pub(super) fn insert(&mut self, key: &[u8], value: V) -> Option<V> {
        let old = self.root.insert(key, value);
        self.len += usize::from(old.is_none());
        old
    }

    /// The value at a key.
    pub(super) fn get(&self, key: &[u8]) -> Option<&V> {
        self.along(key)
            .last()
            .filter(|(length, _)| *length == key.len())
            .map(|(_, value)| value)
    }

    /// The values at all beginnings of `key`, shortest first, each with its beginning's length.
    pub(super) fn along<'trie>(&'trie self, key: &[u8]) -> impl Iterator<Item = (usize, &'trie V)> {
        let mut next = Some((&self.root, 0));
        let nodes = std::iter::from_fn(move || {
            let (node, depth) = next?;
            let rest = &key[depth..];
            next = node
                .children
                .iter()
                .find(|child| rest.starts_with(&child.label))
                .map(|child| (child, depth + child.label.len()));
            Some((depth, node))
        });
        nodes.filter_map(|(depth, node)| Some((depth, node.value.as_ref()?)))
    }

    /// Drops the values that are not to be kept.
    pub(super) fn retain(&mut self, keep: &mut impl FnMut(&V) -> bool) {
        self.len = self.root.retain(keep);
    }
}

impl<V> Node<V> {
    fn leaf(label: &[u8], value: Option<V>) -> Self {
        Self {
            label: label.to_vec(),
            value,
            children: Vec::new(),
        }
    }

    fn insert(&mut self, key: &[u8], value: V) -> Option<V> {
        let Some(first) = key.first() else {
            return self.value.replace(value);
        };
        let Some(child) = self
            .children
            .iter_mut()
            .find(|child| child.label.first() == Some(first))
        else {
            self.children.push(Self::leaf(key, Some(value)));
            return None;
        };
        let pairs = child.label.iter().zip(key);
        let common = pairs.take_while(|(a, b)| a == b).count();
        if common < child.label.len() {
            child.split(common);
        }
        child.insert(&key[common..], value)
    }

    /// Makes the first `at` bytes of the label a node of its own, with the rest below it.
    fn split(&mut self, at: usize) {
        let rest = self.label.split_off(at);
        let lower = Self {
            label: rest,
            value: self.value.take(),
            children: std::mem::take(&mut self.children),
        };
        self.children.push(lower);
    }

    /// Returns how many values are left.
    fn retain(&mut self, keep: &mut impl FnMut(&V) -> bool) -> usize {
        if self.value.as_ref().is_some_and(|value| !keep(value)) {
            self.value = None;
        }
        let mut left = usize::from(self.value.is_some());
        self.children.retain_mut(|child| {
            let below = child.retain(keep);
            left += below;
            below > 0
        });
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn along<'a>(trie: &Trie<&'a str>, key: &str) -> Vec<(usize, &'a str)> {
        trie.along(key.as_bytes())
            .map(|(length, value)| (length, *value))
            .collect()
    }

    #[test]
    fn values_lie_along_the_path_of_every_longer_key() {
        let mut trie = Trie::default();
        for key in ["let x", "let", "let y", "", "größe", "grün"] {
            assert_eq!(trie.insert(key.as_bytes(), key), None);
        }
        assert_eq!(trie.len(), 6);
        let found = along(&trie, "let x = 1");
        assert_eq!(found, [(0, ""), (3, "let"), (5, "let x")]);
        assert_eq!(along(&trie, "le"), [(0, "")]);
        assert_eq!(along(&trie, "grüne"), [(0, ""), ("grün".len(), "grün")]);
        assert_eq!(trie.get("let y".as_bytes()), Some(&"let y"));
        assert_eq!(trie.get("let ".as_bytes()), None);
        assert_eq!(trie.insert(b"let", "again"), Some("let"));
        assert_eq!(trie.len(), 6);
    }

    #[test]
    fn what_is_dropped_leaves_the_rest() {
        let mut trie = Trie::default();
        for key in ["a", "ab", "abc", "abd", "b"] {
            trie.insert(key.as_bytes(), key);
        }
        trie.retain(&mut |value| value.contains('c') || *value == "a");
        assert_eq!(trie.len(), 2);
        assert_eq!(along(&trie, "abcd"), [(1, "a"), (3, "abc")]);
        assert_eq!(along(&trie, "abd"), [(1, "a")]);
        assert_eq!(along(&trie, "b"), []);
    }
}
