// Extensions that packages of the system install work without the person's asking for them (3: not those of others).
pref("extensions.autoDisableScopes", 3);
