; Where names live (@scope), and the nodes whose children are statements (@block).
(program) @block
(block) @block
(class_body) @block
(interface_body) @block
(enum_body_declarations) @block
(annotation_type_body) @block
(constructor_body) @block
(switch_block_statement_group) @block
(switch_block) @block

(program) @scope
(class_declaration) @scope
(record_declaration) @scope
(enum_declaration) @scope
(interface_declaration) @scope
(method_declaration) @scope
(constructor_declaration) @scope
(compact_constructor_declaration) @scope
(lambda_expression) @scope
(block) @scope
(for_statement) @scope
(enhanced_for_statement) @scope
(catch_clause) @scope
(try_with_resources_statement) @scope
(switch_block_statement_group) @scope
(switch_rule) @scope
