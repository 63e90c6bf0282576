; Where names live (@scope), and the nodes whose children are statements (@block).
(program) @block
(statement_block) @block
(class_body) @block
(switch_case) @block
(switch_default) @block

(program) @scope
(function_declaration) @scope
(generator_function_declaration) @scope
(function_expression) @scope
(arrow_function) @scope
(method_definition) @scope
(class_declaration) @scope
(class) @scope
(statement_block) @scope
(for_statement) @scope
(for_in_statement) @scope
(catch_clause) @scope
