; Items, their names, and what may stand before them.
(method name: (_) @name) @function
(singleton_method name: (_) @name) @function
(class name: (_) @name) @class
(module name: (_) @name) @module
(program (assignment left: (constant) @name) @constant)
(body_statement (assignment left: (constant) @name) @constant)

(comment) @lead
