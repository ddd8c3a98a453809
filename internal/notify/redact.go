package notify

import (
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const redacted = "[redacted]"

var addressPattern = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s"<>\\]+`)

// Redact returns text with every URL in it reduced to scheme://host/…, without
// user, path, query and fragment. A URL that can't be read is taken out whole.
// Use it on whatever may spell out an address before it is logged.
func Redact(text string) string {
	return addressPattern.ReplaceAllStringFunc(text, func(found string) string {
		address := strings.TrimRight(found, ":;,.)}'")
		rest := found[len(address):]
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			return redacted + rest
		}
		return shown(u) + rest
	})
}

// shown is the part of an address that is no secret.
func shown(u *url.URL) string {
	s := u.Scheme + "://" + u.Host
	if u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		s += "/…"
	}
	return s
}

// secrets takes certain values out of texts.
type secrets struct {
	pattern *regexp.Regexp
	longest int // bytes of the longest form of a value
}

// newSecrets hides values in any letter case, as they are and in the forms
// that servers and error messages write them in. Empty values are passed over,
// but one at least must not be empty.
func newSecrets(values []string) secrets {
	var forms []string
	for _, v := range values {
		quoted := strconv.Quote(v)
		encoded, _ := json.Marshal(v) // a string always encodes
		forms = append(forms, v, url.QueryEscape(v), url.PathEscape(v), html.EscapeString(v),
			quoted[1:len(quoted)-1], string(encoded[1:len(encoded)-1]))
	}
	forms = slices.DeleteFunc(forms, func(f string) bool { return f == "" })
	// The longest first, so that no form is left half when another is its beginning.
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	longest := len(forms[0])
	for i, f := range forms {
		forms[i] = regexp.QuoteMeta(f)
	}
	return secrets{regexp.MustCompile("(?i)(?:" + strings.Join(forms, "|") + ")"), longest}
}

// redact returns text without the values and with URLs reduced.
func (s secrets) redact(text string) string {
	// The values go first: reducing a URL keeps its host, which an answer may
	// have put a value into.
	return Redact(s.pattern.ReplaceAllLiteralString(text, redacted))
}

// quote is one short line of a receiver's answer in quotation marks.
func quote(answer string) string { return `"` + oneLine(answer, 160) + `"` }

// oneLine makes one line of at most limit characters of text, without anything
// that a terminal would obey.
func oneLine(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return string(runes)
}
