; Code that a person should look at after a machine changed it, by what it touches.
((name) @authentication (#match? @authentication "(?i)(authenti|authoriz|login|logout|sign_?in|passw|permission|is_?admin|jwt|oauth|csrf|bearer|same_?site)"))
((name) @cryptography (#match? @cryptography "(?i)(^|_)(aes|hmac|md5|sha1|sha256|sha512|rsa|ed25519|ecdsa|chacha20|argon2|bcrypt|scrypt|hkdf|pbkdf2)($|_|[a-z0-9]*$)|(?i)(encrypt|decrypt|cipher|verify_?signature|verify_?cert|danger_accept|check_?hostname|compare_?digest|create_?hash|create_?hmac|random_?bytes)"))
((name) @secrets (#match? @secrets "(?i)(secret|private_?key|api_?key|access_?token|credential)"))
((function_call_expression function: (name) @processes) (#match? @processes "^(exec|shell_exec|system|passthru|proc_open|popen|pcntl_exec|unserialize|assert)$"))
(shell_command_expression) @processes
((encapsed_string (variable_name)) @sql (#match? @sql "(?is)^[a-z@$]*[\"'`]+\\s*(select\\s.+\\sfrom|insert\\s+into|update\\s.+\\sset|delete\\s+from|drop\\s+table|alter\\s+table)\\s"))
((encapsed_string (member_access_expression)) @sql (#match? @sql "(?is)^[a-z@$]*[\"'`]+\\s*(select\\s.+\\sfrom|insert\\s+into|update\\s.+\\sset|delete\\s+from|drop\\s+table|alter\\s+table)\\s"))
((binary_expression left: (_) @sql operator: ".") (#match? @sql "(?is)^[a-z@$]*[\"'`]+\\s*(select\\s.+\\sfrom|insert\\s+into|update\\s.+\\sset|delete\\s+from|drop\\s+table|alter\\s+table)\\s"))
