package tree

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// member is an element of a sorted set.
type member struct {
	score float64
	name  string
}

func (m member) key() Key { return Key{Score(m.score), []byte(m.name)} }

func compareMembers(a, b member) int {
	return cmp.Or(cmp.Compare(a.score, b.score), strings.Compare(a.name, b.name))
}

// anyScore draws scores, few of them different.
func anyScore() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.Map(rapid.IntRange(-2, 2), func(i int) float64 { return float64(i) }),
		rapid.SampledFrom([]float64{math.Inf(-1), math.Inf(1), math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64}),
		rapid.Map(rapid.IntRange(0, 1000), func(i int) float64 { return 1.7e9 + float64(i)/8 }),
	)
}

// anyMember draws members, many of them with a long common beginning.
func anyMember(names *rapid.Generator[string]) *rapid.Generator[member] {
	return rapid.Custom(func(t *rapid.T) member {
		name := names.Draw(t, "name")
		if rapid.IntRange(0, 9).Draw(t, "alike") == 0 {
			name = strings.Repeat("x", rapid.IntRange(0, 60).Draw(t, "begin")) + name
		}
		return member{anyScore().Draw(t, "score"), name}
	})
}

func TestSortedIsLikeASortedSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree, nodes := smallTree(Sorted)
		var model []member
		members := anyMember(texts(t))
		grow := rapid.IntRange(0, 9).Draw(t, "grow")
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			tree = reopen(tree)
			m := members.Draw(t, "member")
			i, there := slices.BinarySearchFunc(model, m, compareMembers)
			if rank, found := tree.Rank(m.key()); rank != i || found != there {
				t.Fatalf("the rank of %v is %d, %v, want %d, %v", m, rank, found, i, there)
			}
			switch op := rapid.IntRange(0, 12).Draw(t, "op"); {
			case op > grow && len(model) > 0:
				if !there {
					i = rapid.IntRange(0, len(model)-1).Draw(t, "i")
				}
				m = model[i]
				if item := tree.At(i); string(item.Name) != m.name || ScoreOf(item.Prefix) != m.score {
					t.Fatalf("element %d is %v %q, want %v", i, ScoreOf(item.Prefix), item.Name, m)
				}
				if !tree.Delete(m.key()) {
					t.Fatalf("%v is not there", m)
				}
				model = slices.Delete(model, i, i+1)
			default:
				if tree.Set(m.key(), nil) == there {
					t.Fatalf("setting %v, which was there: %v", m, there)
				}
				if !there {
					model = slices.Insert(model, i, m)
				}
			}
			if err := nodes.check(tree); err != nil {
				t.Fatal(err)
			}
		}
		compareSorted(t, tree, model)
		testFreeing(t, tree, nodes)
	})
}

// compareSorted compares a tree with its model from a place on, in both directions.
func compareSorted(t *rapid.T, tree *Tree, model []member) {
	if tree.Len() != len(model) {
		t.Fatalf("%d elements, want %d", tree.Len(), len(model))
	}
	bound := anyMember(anyText()).Draw(t, "bound")
	from, _ := slices.BinarySearchFunc(model, bound, compareMembers)
	var c Cursor
	ok := c.Seek(tree, bound.key())
	for i := from; i < len(model); i++ {
		if item := c.Item(); !ok || string(item.Name) != model[i].name {
			t.Fatalf("element %d is %q, want %v", i, item.Name, model[i])
		}
		ok = c.Next()
	}
	if ok {
		t.Fatal("the cursor goes on after the last element")
	}
	c.Seek(tree, bound.key())
	for i := from - 1; i >= 0; i-- {
		if !c.Prev() || string(c.Item().Name) != model[i].name {
			t.Fatalf("going back, element %d is %q, want %v", i, c.Item().Name, model[i])
		}
	}
	if c.Prev() {
		t.Fatal("the cursor goes on before the first element")
	}
}

func TestScoresSort(t *testing.T) {
	scores := []float64{math.Inf(-1), -math.MaxFloat64, -2, -1.5, -math.SmallestNonzeroFloat64, 0, math.SmallestNonzeroFloat64, 1, 1.5, 1e300, math.Inf(1)}
	for i, score := range scores {
		if ScoreOf(Score(score)) != score {
			t.Errorf("%v comes back as %v", score, ScoreOf(Score(score)))
		}
		if i > 0 && Score(scores[i-1]) >= Score(score) {
			t.Errorf("%v does not sort before %v", scores[i-1], score)
		}
	}
}
