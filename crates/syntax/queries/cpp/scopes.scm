; Where names live (@scope), and the nodes whose children are statements (@block).
(translation_unit) @block
(compound_statement) @block
(declaration_list) @block
(field_declaration_list) @block
(case_statement) @block
(preproc_ifdef) @block
(preproc_if) @block
(preproc_else) @block

(translation_unit) @scope
(function_definition) @scope
(lambda_expression) @scope
(class_specifier) @scope
(struct_specifier) @scope
(namespace_definition) @scope
(compound_statement) @scope
(for_statement) @scope
(for_range_loop) @scope
(catch_clause) @scope
