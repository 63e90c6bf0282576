; Code that a person should look at after a machine changed it, by what it touches.
([(variable_name) (command_name)] @authentication (#match? @authentication "(?i)(authenti|authoriz|login|logout|sign_?in|passw|permission|is_?admin|jwt|oauth|csrf|bearer|same_?site)"))
([(variable_name) (command_name)] @cryptography (#match? @cryptography "(?i)(^|_)(aes|hmac|md5|sha1|sha256|sha512|rsa|ed25519|ecdsa|chacha20|argon2|bcrypt|scrypt|hkdf|pbkdf2)($|_|[a-z0-9]*$)|(?i)(encrypt|decrypt|cipher|verify_?signature|verify_?cert|danger_accept|check_?hostname|compare_?digest|create_?hash|create_?hmac|random_?bytes)"))
([(variable_name) (command_name)] @secrets (#match? @secrets "(?i)(secret|private_?key|api_?key|access_?token|credential)"))
((command_name) @processes (#match? @processes "^(eval|sudo|su|doas)$"))
