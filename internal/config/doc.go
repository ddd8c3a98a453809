// Package config turns the config file into jobs. Defaults, inheritance of policies and every check of the file live
// here and nowhere else: what leaves this package needs no further parsing.
//
// A file goes through three steps. The JSON is decoded into the structs of file.go, whose comments are also the
// descriptions of docs/config.schema.json; keys match without regard to case, unknown and repeated ones are problems.
// Then every value is checked and parsed into a Config. Together with an inventory of both servers a Config gives the
// jobs. All problems of a file are found in one go and reported in one *Error.
//
// A new key is a field with its comment in file.go, a value in Config, and a place in config.json.example.
package config
