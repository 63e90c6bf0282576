; Where names live (@scope), and the nodes whose children are statements (@block).
(source_file) @block
(block) @block
(declaration_list) @block
(match_block) @block

(source_file) @scope
(function_item) @scope
(closure_expression) @scope
(block) @scope
(match_arm) @scope
(for_expression) @scope
(impl_item) @scope
(trait_item) @scope
(mod_item) @scope
(macro_definition) @scope
