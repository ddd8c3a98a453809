package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// checkSyntax records why the data is not one JSON value, and reports whether it is.
func checkSyntax(data []byte, p *problems) bool {
	if len(bytes.TrimSpace(data)) == 0 {
		p.add("", hintMissing, "the file is empty")
		return false
	}
	var whole json.RawMessage
	err := json.Unmarshal(data, &whole)
	if err == nil {
		return true
	}
	at := len(data)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && !strings.Contains(err.Error(), "unexpected end") {
		at = int(syntax.Offset) - 1
	}
	line, column := position(data, at)
	p.add("", syntaxHint(data, at, err.Error()), "line %d, column %d: %s", line, column, syntaxText(data, at, err.Error()))
	return false
}

// position counts lines and characters from 1.
func position(data []byte, at int) (line, column int) {
	before := data[:at]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[start:]) + 1
}

// slips are what the JSON decoder says, by a part of it, what that means, and what to do.
var slips = []struct{ part, text, hint string }{
	{"unexpected end", "the file ends in the middle", "a closing quote, bracket or brace is missing"},
	{"max depth", "the values are nested too deeply", ""},
	{"after top-level value", "%s follows the end of the config", "the config is one object, and nothing may follow its closing brace"},
	{"beginning of object key", "%s stands where a key in double quotes should begin", "write keys in double quotes, as in \"iab\""},
	{"beginning of value", "%s stands where a value should begin", "write strings in double quotes, and true, false and null in lower case"},
	{"after object key:value pair", "%s stands where a comma or } should be", "a comma or a closing brace is missing before it"},
	{"after array element", "%s stands where a comma or ] should be", "a comma or a closing bracket is missing before it"},
	{"after object key", "%s stands where a colon should be", "write a colon between a key and its value"},
	{"in string escape code", "%s can't follow a backslash in a string", "write two backslashes where one is meant"},
	{"hexadecimal character escape", "%s is no hexadecimal digit", "write four of them behind a backslash and u"},
	{"in string literal", "a string can't hold %s", "a closing quote is missing, or the character must be written as \\n or \\t"},
	{"in literal", "%s stands in a word that is neither true, false nor null", "write strings in double quotes"},
	{"numeric literal", "%s stands in a number", "write numbers as digits alone, and strings in double quotes"},
}

// syntaxText says in words what the decoder objects to.
func syntaxText(data []byte, at int, message string) string {
	for _, slip := range slips {
		if strings.Contains(message, slip.part) {
			return strings.Replace(slip.text, "%s", character(data, at), 1)
		}
	}
	return "this is no JSON"
}

// character shows the one at a place as it can be seen on a line.
func character(data []byte, at int) string {
	switch r, _ := utf8.DecodeRune(data[min(at, len(data)):]); {
	case r == '\n' || r == '\r':
		return "a line break"
	case r == '\t':
		return "a tab"
	case unprintable(r):
		return "an unprintable character"
	default:
		return string(r)
	}
}

// syntaxHint knows the slips of people who write JSON by hand.
func syntaxHint(data []byte, at int, message string) string {
	if at < len(data) {
		before := bytes.TrimSpace(data[:at])
		after := data[at:]
		switch {
		case bytes.HasSuffix(before, []byte(",")) && bytes.ContainsAny(after[:1], "]}"):
			return "remove the comma before it"
		case bytes.ContainsAny(after[:1], "/#"):
			return "JSON has no comments"
		case bytes.ContainsAny(after[:1], "'`"), bytes.HasPrefix(after, []byte("“")), bytes.HasPrefix(after, []byte("„")):
			return fmt.Sprintf("write strings in double quotes, %q", "like this")
		case bytes.HasSuffix(before, []byte("0")) && bytes.ContainsAny(after[:1], "0123456789"):
			return "numbers don't begin with 0"
		}
	}
	for _, slip := range slips {
		if strings.Contains(message, slip.part) {
			return slip.hint
		}
	}
	return ""
}
