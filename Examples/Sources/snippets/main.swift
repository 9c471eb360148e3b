// The Swift of the guides, compiled as it stands there, a file for each page; what needs no files is run.
import Glia

let blocks: [(name: String, run: () throws -> Void)] = [
  ("Perceptron.md, 1", perceptron1), ("Perceptron.md, 2", perceptron2), ("Perceptron.md, 3", perceptron3),
  ("Activations.md, 2", activations2),
  ("ForwardAndBackward.md, 1", forwardAndBackward1), ("ForwardAndBackward.md, 2", forwardAndBackward2),
  ("ForwardAndBackward.md, 3", forwardAndBackward3),
  ("MLP.md, 1", mLP1), ("MLP.md, 3", mLP3),
  ("Initialization.md", initialization1),
  ("FromOtherLibraries.md, the neuron", fromOtherLibraries1),
  ("FromOtherLibraries.md, activations", fromOtherLibraries2),
  ("FromOtherLibraries.md, a network from scratch", fromOtherLibraries3),
  ("FromOtherLibraries.md, the pass back", fromOtherLibraries4),
  ("FromOtherLibraries.md, Keras", fromOtherLibraries5),
  ("FromOtherLibraries.md, PyTorch", fromOtherLibraries6),
  ("FromOtherLibraries.md, optimizers", fromOtherLibraries7),
  ("FromOtherLibraries.md, NumPy", fromOtherLibraries9),
]
for block in blocks {
  print("--", block.name)
  try block.run()
}
