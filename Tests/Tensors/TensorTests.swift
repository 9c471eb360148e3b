import GliaTensors
import Testing

@Suite("Tensors")
struct TensorTests {
  @Test("Arithmetic broadcasts as NumPy does")
  func broadcasting() {
    let column = Tensor([[1], [2]])
    let row = Tensor([10, 20, 30])
    let sum = column + row
    #expect(sum.shape == [2, 3])
    #expect(sum.doubles == [11, 21, 31, 12, 22, 32])
  }

  @Test("NaN and infinity behave as IEEE 754 has them")
  func special() {
    let x = Tensor([.nan, .infinity, -.infinity, 0])
    #expect((x .== x).doubles == [0, 1, 1, 1])
    #expect(x.maximum(0.0).doubles[0].isNaN)
    #expect((1.0 / x).doubles[1...] == [0, 0, .infinity])
    #expect((x - x).doubles[1].isNaN)
    #expect(x.max().scalar().isNaN)
  }

  @Test("Reductions of nothing give the neutral element")
  func empty() {
    let x = Tensor.zeros([0, 3])
    #expect(x.sum([0]).doubles == [0, 0, 0])
    #expect(x.max([0]).doubles == [-.infinity, -.infinity, -.infinity])
    #expect(x.mean().scalar().isNaN)
    #expect(x.matrixProduct(.ones([3, 2])).shape == [0, 2])
    #expect(Tensor.zeros([2, 0]).matrixProduct(.ones([0, 3])).doubles == [0, 0, 0, 0, 0, 0])
  }

  @Test("An index out of range gathers NaN")
  func gatherOutOfRange() {
    let rows = Tensor([[1, 2], [3, 4]]).gathered(Tensor([1, 2] as [Int64], shape: [2]))
    #expect(Array(rows.doubles.prefix(2)) == [3, 4])
    #expect(rows.doubles[2].isNaN && rows.doubles[3].isNaN)
  }

  @Test("Sorting keeps the order of equals and puts NaN last")
  func sorting() {
    let x = Tensor([3, .nan, 1, 3, 2])
    #expect(x.argSorted().doubles == [2, 4, 0, 3, 1])
    #expect(x.argSorted(descending: true).doubles == [0, 3, 4, 2, 1])
    #expect(Tensor([[3, 1], [2, 4]]).sorted(axis: 0).doubles == [2, 1, 3, 4])
  }

  @Test("Vectors multiply as NumPy's do")
  func vectors() {
    let m = Tensor([[1, 2], [3, 4]])
    #expect(m.matrixProduct([5, 6]).doubles == [17, 39])
    #expect(Tensor([5, 6]).matrixProduct(m).doubles == [23, 34])
    #expect(Tensor([1, 2]).matrixProduct([3, 4]).scalar() == 11)
  }

  @Test("A cast to integers truncates, to bool asks for zero")
  func casting() {
    let x = Tensor([-1.7, 0, 2.9])
    #expect(x.cast(to: .int32).doubles == [-1, 0, 2])
    #expect(x.cast(to: .bool).doubles == [1, 0, 1])
    #expect((x.cast(to: .int64) + x.cast(to: .int64)).doubles == [-2, 0, 4])
    #expect(x.cast(to: .int32).cast(to: .float32).doubles == [-1, 0, 2])
    #expect(Tensor([1 + 0x1p-9]).cast(to: .bfloat16).cast(to: .float32).doubles == [1])
  }

  @Test("A compiled function gives what the function gives, for every shape it is called with")
  func compiled() {
    let f = compile { (x: Tensor) in (x * x).sum([-1]) }
    #expect(f(Tensor([[1, 2], [3, 4]])).doubles == [5, 25])
    #expect(f(Tensor([[1, 2, 3]])).doubles == [14])
    #expect(f(Tensor([[2, 2], [0, 1]])).doubles == [8, 1])
  }

  @Test("The same key gives the same numbers, another name others")
  func keys() {
    let key = RandomKey(seed: 1)
    #expect(Tensor.normal([9], key: key).doubles == Tensor.normal([9], key: key).doubles)
    #expect(Tensor.normal([9], key: key).doubles != Tensor.normal([9], key: key.folding("a")).doubles)
    #expect(key.folding("a.weight") != key.folding("b.weight"))
  }

  @Test("Normal numbers have the mean, the deviation and the tails of the normal distribution")
  func normalDistribution() {
    let x = Tensor.normal([100_000], key: RandomKey(seed: 3), dtype: .float64)
    // Five standard errors.
    #expect(abs(x.mean().scalar()) < 5 / 100_000.0.squareRoot())
    #expect(abs(x.variance().scalar() - 1) < 5 * (2 / 100_000.0).squareRoot())
    let beyondTwo = (x.abs() .> 2.0).cast(to: .float64).mean().scalar()
    #expect(abs(beyondTwo - 0.0455) < 5 * (0.0455 * 0.9545 / 100_000).squareRoot())
  }
}
