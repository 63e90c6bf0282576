; Where names live (@scope), and the nodes whose children are statements (@block).
(compilation_unit) @block
(block) @block
(declaration_list) @block
(enum_member_declaration_list) @block
(switch_section) @block
(switch_body) @block
(accessor_list) @block

(compilation_unit) @scope
(class_declaration) @scope
(record_declaration) @scope
(struct_declaration) @scope
(interface_declaration) @scope
(namespace_declaration) @scope
(method_declaration) @scope
(constructor_declaration) @scope
(local_function_statement) @scope
(lambda_expression) @scope
(anonymous_method_expression) @scope
(block) @scope
(for_statement) @scope
(foreach_statement) @scope
(using_statement) @scope
(catch_clause) @scope
(switch_section) @scope
