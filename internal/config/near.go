package config

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// nearHint proposes the candidate that a word was probably meant to be. If none is near, it lists them all
// after the introduction; there is no hint without candidates.
func nearHint(word string, candidates []string, introduction string) string {
	if near, ok := nearest(word, candidates); ok {
		return "did you mean " + quote(near) + "?"
	}
	if len(candidates) == 0 {
		return ""
	}
	return introduction + strings.Join(candidates, ", ")
}

// nearest returns the candidate with the fewest edits from the word, if they are at most a third of it.
func nearest(word string, candidates []string) (near string, ok bool) {
	best := -1
	for _, candidate := range candidates {
		limit := (len(candidate) + 2) / 3
		if len(word) > len(candidate)+limit || len(word) < len(candidate)-limit {
			continue
		}
		edits := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(candidate))
		if edits <= limit && (best < 0 || edits < best) {
			near, best = candidate, edits
		}
	}
	return near, best >= 0
}
