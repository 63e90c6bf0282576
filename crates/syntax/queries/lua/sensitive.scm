; Code that a person should look at after a machine changed it, by what it touches.
((identifier) @authentication (#match? @authentication "(?i)(authenti|authoriz|login|logout|sign_?in|passw|permission|is_?admin|jwt|oauth|csrf|bearer|same_?site)"))
((identifier) @cryptography (#match? @cryptography "(?i)(^|_)(aes|hmac|md5|sha1|sha256|sha512|rsa|ed25519|ecdsa|chacha20|argon2|bcrypt|scrypt|hkdf|pbkdf2)($|_|[a-z0-9]*$)|(?i)(encrypt|decrypt|cipher|verify_?signature|verify_?cert|danger_accept|check_?hostname|compare_?digest|create_?hash|create_?hmac|random_?bytes)"))
((identifier) @secrets (#match? @secrets "(?i)(secret|private_?key|api_?key|access_?token|credential)"))
((function_call name: (_) @processes) (#match? @processes "^(os[.]execute|io[.]popen|load|loadstring|loadfile|dofile)$"))
((binary_expression left: (_) @sql "..") (#match? @sql "(?is)^[a-z@$]*[\"'`]+\\s*(select\\s.+\\sfrom|insert\\s+into|update\\s.+\\sset|delete\\s+from|drop\\s+table|alter\\s+table)\\s"))
