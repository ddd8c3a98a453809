package config

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing that is wrong with a config.
type Problem struct {
	Path string // where: projects[0].instances[2].name; "" for the file as a whole
	Line int    // line of that place, or of what should hold it, counted from 1; 0 if Path is ""
	Text string // what is wrong, on one line; never holds a notification address
	Hint string // what to do about it, "" if that is obvious
}

// Error is every problem of one config, in the order of the file.
type Error struct {
	Path     string // the file
	Problems []Problem
	cause    error
}

// Error returns one line per problem, without the hints.
func (e *Error) Error() string {
	var lines []string
	for _, p := range e.Problems {
		line := "read config " + e.Path + ": "
		if p.Path != "" {
			line += fmt.Sprintf("%s (line %d): ", p.Path, p.Line)
		}
		lines = append(lines, line+p.Text)
	}
	return strings.Join(lines, "\n")
}

// Advice returns the hint of the only problem, and nothing if there are several.
func (e *Error) Advice() string {
	if len(e.Problems) != 1 {
		return ""
	}
	return e.Problems[0].Hint
}

// Unwrap returns why the file could not be read, if it could not.
func (e *Error) Unwrap() error { return e.cause }

// maxProblems is how many problems are reported; a file with more of them is no config.
const maxProblems = 200

// problems collects what is wrong, at most one thing per place.
type problems struct {
	places map[string]int // byte offset of every value, by path
	found  map[string]Problem
	more   bool // there are problems beyond maxProblems
}

func newProblems() *problems {
	return &problems{places: map[string]int{}, found: map[string]Problem{}}
}

// add records a problem, unless it only follows from one that is known: at the same place, or around it.
func (p *problems) add(path, hint, format string, args ...any) {
	for place := path; ; place = parent(place) {
		if _, known := p.found[place]; known {
			return
		}
		if place == "" {
			break
		}
	}
	if len(p.found) == maxProblems {
		p.more = true
		return
	}
	p.found[path] = Problem{Path: path, Text: fmt.Sprintf(format, args...), Hint: hint}
}

// within reports whether anything is wrong at a place or in it.
func (p *problems) within(path string) bool {
	for place := range p.found {
		for ; place != ""; place = parent(place) {
			if place == path {
				return true
			}
		}
		if path == "" {
			return true
		}
	}
	return false
}

// err returns all problems in the order of the file, nil if there are none.
func (p *problems) err(name string, data []byte) error {
	if len(p.found) == 0 {
		return nil
	}
	list := slices.SortedFunc(maps.Values(p.found), func(a, b Problem) int {
		return cmp.Or(cmp.Compare(p.offset(a.Path), p.offset(b.Path)), cmp.Compare(a.Path, b.Path))
	})
	line, counted := 1, 0
	for i := range list {
		if list[i].Path == "" {
			continue
		}
		at := p.offset(list[i].Path)
		line += bytes.Count(data[counted:at], []byte("\n"))
		list[i].Line, counted = line, at
	}
	if p.more {
		list = append(list, Problem{Text: "there are more problems than these"})
	}
	return &Error{Path: name, Problems: list}
}

// offset is where the value stands, or for a missing one what should hold it.
func (p *problems) offset(path string) int {
	for ; path != ""; path = parent(path) {
		if at, ok := p.places[path]; ok {
			return at
		}
	}
	return p.places[""]
}

// member is the path of a key in an object. Keys that would be hard to read are quoted.
func member(path, key string) string {
	plain := key != "" && strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_$") == ""
	switch {
	case !plain:
		return path + "[" + quote(key) + "]"
	case path == "":
		return key
	}
	return path + "." + key
}

// element is the path of an element of a list.
func element(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// parent is the path of what holds the place.
func parent(path string) string {
	if !strings.HasSuffix(path, `"]`) {
		return path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	for quote := len(path) - 2; ; {
		quote = strings.LastIndexByte(path[:quote], '"')
		before := path[:quote]
		if escapes := len(before) - len(strings.TrimRight(before, `\`)); escapes%2 == 0 {
			return before[:len(before)-1]
		}
	}
}

// quote keeps a sentence on one line and readable, whatever stands in the file.
func quote(s string) string {
	const most = 60
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return strconv.Quote(s)
}
