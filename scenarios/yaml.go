package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// kind is what a value of a YAML document is.
type kind int

const (
	nullKind kind = iota
	boolKind
	numberKind
	textKind
	mapKind
	listKind
)

// pos is a place in a file, counted from 1. Columns count characters.
type pos struct{ line, column int }

// yamlValue is one value of a document, without YAML's own syntax: aliases are
// the values that they stand for, and shared with them; merged keys are in the
// mapping they were merged into.
type yamlValue struct {
	kind  kind
	text  string // of a scalar, as it is written; of a text, unquoted
	pos   pos
	block bool           // a literal block, which begins in the line after pos
	keys  []yamlKey      // of a mapping
	items []*yamlValue   // of a list
	index map[string]int // of many keys
}

type yamlKey struct {
	name  string
	pos   pos
	value *yamlValue
}

// key returns the value of a key of a mapping, or nil.
func (v *yamlValue) key(name string) *yamlKey {
	if v == nil {
		return nil
	}
	if v.index != nil {
		if i, ok := v.index[name]; ok {
			return &v.keys[i]
		}
		return nil
	}
	for i := range v.keys {
		if v.keys[i].name == name {
			return &v.keys[i]
		}
	}
	return nil
}

// add adds a key that is not there yet.
func (v *yamlValue) add(k yamlKey) {
	const few = 16 // are looked through faster than a map
	v.keys = append(v.keys, k)
	switch n := len(v.keys); {
	case v.index != nil:
		v.index[k.name] = n - 1
	case n > few:
		v.index = make(map[string]int)
		for i := range v.keys {
			v.index[v.keys[i].name] = i
		}
	}
}

// Bounds of what is read. A dump of a node with ten thousand domains has some
// 40 MB and few values; no hand comes near the depth.
const (
	maxFile   = 64 << 20
	maxDepth  = 64
	maxValues = 1 << 20 // aliases counted as often as they stand
)

// readYAML parses the text of a file. The error is one *Problem.
func readYAML(data []byte) (*yamlValue, *Problem) {
	if len(data) > maxFile {
		return nil, problem(pos{1, 1}, "the file has more than %d MiB", maxFile>>20)
	}
	if i := strings.IndexByte(string(data), 0); i >= 0 {
		line := 1 + strings.Count(string(data[:i]), "\n")
		return nil, problem(pos{line, 1}, "this is no YAML: it has a zero byte")
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // which editors of Windows put there
	tokens := lexer.Tokenize(string(data))
	if p := checkDepth(tokens); p != nil {
		return nil, p
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxProblem(err)
	}
	r := &yamlReader{anchors: make(map[string]*yamlValue)}
	var root *yamlValue
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType || doc.Body.Type() == ast.NullType && len(file.Docs) > 1 {
			continue
		}
		if root != nil {
			return nil, problem(tokenPos(doc.Body.GetToken()), "a second document begins here: a file is one scenario, with a list of nodes if there are several")
		}
		var p *Problem
		if root, p = r.read(doc.Body); p != nil {
			return nil, p
		}
	}
	if root == nil || root.kind == nullKind {
		return nil, problem(pos{1, 1}, "the file is empty: want at least a name, such as `name: lab`")
	}
	if root.kind != mapKind {
		return nil, problem(root.pos, "this is no scenario: want keys and values, such as `name: lab`, not %s", root)
	}
	return root, nil
}

// checkDepth refuses what is nested too deep, before the parser recurses into it.
func checkDepth(tokens token.Tokens) *Problem {
	flow, onLine, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, onLine = t.Position.Line, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			onLine++
		}
		if max(flow, onLine) > maxDepth || t.Position.IndentNum > 8*maxDepth && t.Type != token.StringType {
			return problem(tokenPos(t), "this is nested more than %d levels deep", maxDepth)
		}
	}
	return nil
}

// syntaxProblem takes goccy's error apart: its text has the place, and the lines
// around it, inside.
func syntaxProblem(err error) *Problem {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) {
		at := pos{1, 1}
		if syntax.Token != nil {
			at = tokenPos(syntax.Token)
		}
		message, _, _ := strings.Cut(syntax.Message, `: "`) // what follows is the file's, and may be a secret
		message = strings.ReplaceAll(message, "character '\t'", "a tab")
		return problem(at, "this is no YAML: %s", message)
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return problem(pos{1, 1}, "this is no YAML: %s", text)
}

func tokenPos(t *token.Token) pos {
	if t == nil || t.Position == nil {
		return pos{1, 1}
	}
	return pos{max(t.Position.Line, 1), max(t.Position.Column, 1)}
}

// yamlReader turns the parser's tree into values.
type yamlReader struct {
	anchors map[string]*yamlValue
	merged  int
}

func (r *yamlReader) read(n ast.Node) (*yamlValue, *Problem) {
	v := &yamlValue{pos: tokenPos(n.GetToken())}
	switch n := n.(type) {
	case *ast.NullNode:
		v.kind = nullKind
	case *ast.BoolNode:
		v.kind, v.text = boolKind, strings.ToLower(n.Token.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		v.kind, v.text = numberKind, n.GetToken().Value
	case *ast.StringNode:
		v.kind, v.text = textKind, n.Value
	case *ast.LiteralNode:
		v.kind, v.text, v.block = textKind, n.Value.Value, n.Start.Type == token.LiteralType
	case *ast.MappingNode:
		v.kind = mapKind
		if !n.IsFlowStyle && len(n.Values) > 0 {
			v.pos = tokenPos(n.Values[0].Key.GetToken())
		}
		return v, r.readKeys(v, n.Values)
	case *ast.MappingValueNode:
		v.kind, v.pos = mapKind, tokenPos(n.Key.GetToken())
		return v, r.readKeys(v, []*ast.MappingValueNode{n})
	case *ast.SequenceNode:
		v.kind = listKind
		for _, item := range n.Values {
			value, p := r.read(item)
			if p != nil {
				return nil, p
			}
			v.items = append(v.items, value)
		}
	case *ast.AnchorNode:
		value, p := r.read(n.Value)
		if p != nil {
			return nil, p
		}
		r.anchors[n.Name.GetToken().Value] = value
		return value, nil
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		value, ok := r.anchors[name]
		if !ok {
			// Its name is not shown, nor that of a tag: a password may begin like them.
			return nil, problem(v.pos, "no anchor of the name of this alias has ended before it")
		}
		return value, nil
	case *ast.TagNode:
		value, p := r.read(n.Value)
		if p != nil {
			return nil, p
		}
		if tag := n.Start.Value; tag != "!!str" || value.kind > textKind {
			return nil, problem(v.pos, "this tag means nothing here: no tag but !!str does")
		}
		text := *value
		text.kind = textKind
		return &text, nil
	default:
		return nil, problem(v.pos, "YAML's %s means nothing here", strings.ToLower(n.Type().YAMLName()))
	}
	return v, nil
}

// readKeys reads the keys of a mapping. What a merge (<<) brings gives way to
// keys that stand there, as YAML has it.
func (r *yamlReader) readKeys(into *yamlValue, values []*ast.MappingValueNode) *Problem {
	var merges []*yamlValue
	for _, entry := range values {
		value, p := r.read(entry.Value)
		if p != nil {
			return p
		}
		at := tokenPos(entry.Key.GetToken())
		if entry.Key.IsMergeKey() {
			if value.kind == listKind {
				merges = append(merges, value.items...)
			} else {
				merges = append(merges, value)
			}
			continue
		}
		key, p := r.read(entry.Key)
		if p != nil {
			return p
		}
		if key.kind > textKind {
			return problem(at, "a key must be a word, not %s", key)
		}
		if before := into.key(key.text); before != nil {
			return problem(at, "key %q for the second time: it is at line %d already", key.text, before.pos.line)
		}
		into.add(yamlKey{key.text, at, value})
		if value.kind == nullKind {
			value.pos = at
		}
	}
	for _, m := range merges {
		if m.kind != mapKind {
			return problem(m.pos, "<< merges mappings: this is %s", m.kind)
		}
		for _, k := range m.keys {
			if r.merged++; r.merged > maxValues {
				return problem(into.pos, "merged keys make more than %d values", maxValues)
			}
			if into.key(k.name) == nil {
				into.add(k)
			}
		}
	}
	return nil
}

// String describes a value for an error.
func (v *yamlValue) String() string {
	const most = 40
	text := v.text
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	switch v.kind {
	case boolKind:
		return text
	case numberKind:
		return "the number " + text
	case textKind:
		return fmt.Sprintf("the text %q", text)
	}
	return v.kind.String()
}

// String describes a value without showing it.
func (k kind) String() string {
	return [...]string{"nothing", "true or false", "a number", "a text", "a mapping", "a list"}[k]
}
