; Items, their names, and what may stand before them.
(function_definition name: (_) @name) @function
(class_definition name: (_) @name) @class
(type_alias_statement left: (_) @name) @type
(module (expression_statement (assignment left: (identifier) @name)) @constant)

(decorated_definition definition: (_) @wrapped) @wrapper
