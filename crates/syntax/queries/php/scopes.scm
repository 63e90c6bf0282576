; Where names live (@scope), and the nodes whose children are statements (@block).
(program) @block
(compound_statement) @block
(declaration_list) @block
(enum_declaration_list) @block
(case_statement) @block
(default_statement) @block
(colon_block) @block

(program) @scope
(function_definition) @scope
(method_declaration) @scope
(anonymous_function) @scope
(arrow_function) @scope
(class_declaration) @scope
(trait_declaration) @scope
(interface_declaration) @scope
