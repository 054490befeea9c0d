package qdrant

import (
	"cmp"
	"context"
	"math"
	"slices"

	pb "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// fakeCollection holds points by id. Guarded by the fake's mutex.
type fakeCollection struct {
	config *pb.CollectionConfig
	schema map[string]*pb.PayloadSchemaInfo
	points map[string]*fakePoint
}

type fakePoint struct {
	id      string
	vector  []float32 // normalised, as the server keeps vectors compared by cosine
	payload map[string]*pb.Value
}

func (c *fakeCollection) size() int {
	return int(c.config.GetParams().GetVectorsConfig().GetParams().GetSize())
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, "Wrong input: "+format, args...)
}

// normalised is what the server makes of a vector; ones that are normalised
// already, or empty of length, stay as they are.
func (c *fakeCollection) normalised(v []float32) ([]float32, error) {
	if len(v) != c.size() {
		return nil, invalid("Vector dimension error: expected dim: %d, got %d", c.size(), len(v))
	}
	out := slices.Clone(v)
	length := float32(math.Sqrt(dot(v, v)))
	if length < math.SmallestNonzeroFloat32 || math.Abs(float64(length-1)) < 1e-6 {
		return out, nil
	}
	for i := range out {
		out[i] /= length
	}
	return out, nil
}

// matching returns the points that a filter selects, by id. Filters it does
// not know, and fields without an index, are errors.
func (c *fakeCollection) matching(f *pb.Filter) ([]*fakePoint, error) {
	if f == nil {
		f = &pb.Filter{}
	} else if len(f.GetShould())+len(f.GetMustNot()) > 0 || f.GetMinShould() != nil || len(f.GetMust()) == 0 {
		return nil, invalid("the fake knows only filters of must conditions: %v", f)
	}
	type condition struct {
		field string
		any   []string
	}
	var all []condition
	for _, m := range f.GetMust() {
		field := m.GetField()
		if c.schema[field.GetKey()].GetDataType() != pb.PayloadSchemaType_Keyword {
			return nil, invalid("Index required but not found for %q", field.GetKey())
		}
		switch match := field.GetMatch().GetMatchValue().(type) {
		case *pb.Match_Keyword:
			all = append(all, condition{field.GetKey(), []string{match.Keyword}})
		case *pb.Match_Keywords:
			all = append(all, condition{field.GetKey(), match.Keywords.GetStrings()})
		default:
			return nil, invalid("the fake does not know the match %v", field)
		}
	}
	var out []*fakePoint
	for _, p := range c.points {
		if !slices.ContainsFunc(all, func(m condition) bool {
			return !slices.Contains(m.any, p.payload[m.field].GetStringValue())
		}) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *fakePoint) int { return cmp.Compare(a.id, b.id) })
	return out, nil
}

// coarse is the cosine of int8 copies, far from exact on purpose.
func coarse(a, b []float32) float64 {
	s := 0.0
	for i := range a {
		s += math.Round(float64(a[i])*8) * math.Round(float64(b[i])*8)
	}
	return s / 64
}

type fakePoints struct {
	pb.UnimplementedPointsServer
	*fake
}

// applied answers a change; one that is not waited for is only noted, and the
// fake never gets round to it.
func applied(wait bool, change func()) *pb.PointsOperationResponse {
	s := pb.UpdateStatus_Acknowledged
	if wait {
		change()
		s = pb.UpdateStatus_Completed
	}
	return &pb.PointsOperationResponse{Result: &pb.UpdateResult{OperationId: pb.PtrOf(uint64(1)), Status: s}}
}

func (f fakePoints) Upsert(_ context.Context, r *pb.UpsertPoints) (*pb.PointsOperationResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.collection(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	var points []*fakePoint
	for _, p := range r.GetPoints() {
		v, err := c.normalised(p.GetVectors().GetVector().GetDense().GetData())
		if err != nil {
			return nil, err
		}
		if len(p.GetId().GetUuid()) != 36 {
			return nil, invalid("Unable to parse UUID: %v", p.GetId())
		}
		points = append(points, &fakePoint{p.GetId().GetUuid(), v, p.GetPayload()})
	}
	if len(points) == 0 {
		return nil, invalid("Empty update request")
	}
	return applied(r.GetWait(), func() {
		for _, p := range points {
			c.points[p.id] = p
		}
	}), nil
}

func (f fakePoints) Delete(_ context.Context, r *pb.DeletePoints) (*pb.PointsOperationResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.collection(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	var points []*fakePoint
	if f := r.GetPoints().GetFilter(); f != nil {
		if points, err = c.matching(f); err != nil {
			return nil, err
		}
	}
	for _, id := range r.GetPoints().GetPoints().GetIds() {
		if p := c.points[id.GetUuid()]; p != nil {
			points = append(points, p)
		}
	}
	return applied(r.GetWait(), func() {
		for _, p := range points {
			delete(c.points, p.id)
		}
	}), nil
}

func (f fakePoints) CreateFieldIndex(_ context.Context, r *pb.CreateFieldIndexCollection) (*pb.PointsOperationResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.collection(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	if r.GetFieldType() != pb.FieldType_FieldTypeKeyword {
		return nil, invalid("the fake knows only keyword indexes")
	}
	return applied(r.GetWait(), func() {
		c.schema[r.GetFieldName()] = &pb.PayloadSchemaInfo{DataType: pb.PayloadSchemaType_Keyword, Params: r.GetFieldIndexParams()}
	}), nil
}

func (f fakePoints) Count(_ context.Context, r *pb.CountPoints) (*pb.CountResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.collection(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	points, err := c.matching(r.GetFilter())
	if err != nil {
		return nil, err
	}
	n := uint64(len(points))
	if !r.GetExact() {
		n += n / 10 // an estimate
	}
	return &pb.CountResponse{Result: &pb.CountResult{Count: n}}, nil
}

func (f fakePoints) Scroll(_ context.Context, r *pb.ScrollPoints) (*pb.ScrollResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.collection(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	points, err := c.matching(r.GetFilter())
	if err != nil {
		return nil, err
	}
	if from := r.GetOffset().GetUuid(); from != "" {
		points = slices.DeleteFunc(points, func(p *fakePoint) bool { return p.id < from })
	}
	out := &pb.ScrollResponse{}
	if limit := int(r.GetLimit()); len(points) > limit {
		out.NextPageOffset = pb.NewIDUUID(points[limit].id)
		points = points[:limit]
	}
	for _, p := range points {
		hit := &pb.RetrievedPoint{Id: pb.NewIDUUID(p.id), Payload: included(p.payload, r.GetWithPayload())}
		if r.GetWithVectors().GetEnable() {
			hit.Vectors = f.output(p.vector)
		}
		out.Result = append(out.Result, hit)
	}
	return out, nil
}

func (f fakePoints) output(v []float32) *pb.VectorsOutput {
	out := &pb.VectorOutput{Vector: &pb.VectorOutput_Dense{Dense: &pb.DenseVector{Data: slices.Clone(v)}}}
	if f.old {
		out = &pb.VectorOutput{Data: slices.Clone(v)} //nolint:staticcheck // what older servers send
	}
	return &pb.VectorsOutput{VectorsOptions: &pb.VectorsOutput_Vector{Vector: out}}
}

func included(payload map[string]*pb.Value, with *pb.WithPayloadSelector) map[string]*pb.Value {
	out := map[string]*pb.Value{}
	for _, field := range with.GetInclude().GetFields() {
		out[field] = payload[field]
	}
	return out
}

func (f fakePoints) Query(_ context.Context, r *pb.QueryPoints) (*pb.QueryResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.collection(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	points, err := c.matching(r.GetFilter())
	if err != nil {
		return nil, err
	}
	q, err := c.normalised(r.GetQuery().GetNearest().GetDense().GetData())
	if err != nil {
		return nil, err
	}
	return &pb.QueryResponse{Result: rank(points, q, r, c.config.GetQuantizationConfig() != nil)}, nil
}

// rank returns the points nearest to q, as many as r wants. Like the server it
// scores int8 copies first where there are some and the search is not exact;
// ties fall as they will.
func rank(points []*fakePoint, q []float32, r *pb.QueryPoints, copies bool) []*pb.ScoredPoint {
	limit := 10
	if r.Limit != nil {
		limit = int(r.GetLimit())
	}
	type scored struct {
		point *fakePoint
		score float64
	}
	all := make([]scored, len(points))
	for i, p := range points {
		all[i].point = p
	}
	by := func(score func(a, b []float32) float64) {
		for i := range all {
			all[i].score = score(q, all[i].point.vector)
		}
		slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	}
	if quantisation := r.GetParams().GetQuantization(); copies && !r.GetParams().GetExact() {
		by(coarse)
		all = all[:min(len(all), max(limit, int(quantisation.GetOversampling()*float64(limit))))]
		if quantisation.GetRescore() {
			by(dot)
		}
	} else {
		by(dot)
	}
	hits := make([]*pb.ScoredPoint, min(limit, len(all)))
	for i := range hits {
		p := all[i].point
		hits[i] = &pb.ScoredPoint{Id: pb.NewIDUUID(p.id), Score: float32(all[i].score), Payload: included(p.payload, r.GetWithPayload())}
	}
	return hits
}
