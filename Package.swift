// swift-tools-version: 6.1
import PackageDescription

/// One row a target: its folder under Sources, its module, and what it stands on. Arrows point down only.
let floors: [(folder: String, module: String, standsOn: [String])] = [
  ("Umbrella", "Glia", ["GliaTraining", "GliaNeuralNetworks", "GliaTables", "GliaFormats", "GliaTensors"]),
  (
    "Training", "GliaTraining",
    [
      "GliaNeuralNetworks", "GliaTables", "GliaFormats", "GliaTensors", "GliaRuntime", "GliaPasses", "GliaGraph",
      "GliaPlatform",
    ]
  ),
  ("Formats", "GliaFormats", ["CZlib", "GliaPlatform"]),
  ("Tables", "GliaTables", ["CZlib", "GliaPlatform"]),
  ("NeuralNetworks", "GliaNeuralNetworks", ["GliaTensors", "GliaRuntime", "GliaPasses", "GliaGraph"]),
  ("Tensors", "GliaTensors", ["GliaGraph", "GliaPasses", "GliaRuntime"]),
  ("Runtime", "GliaRuntime", ["GliaGraph", "GliaPasses", "CGliaKernels"]),
  ("Passes", "GliaPasses", ["GliaGraph"]),
  ("Graph", "GliaGraph", ["GliaPlatform"]),
  ("Platform", "GliaPlatform", []),
]

/// One row a test target: its folder under Tests, and what it stands on.
let tests: [(folder: String, standsOn: [String])] = [
  ("Graph", ["GliaGraph"]),
  ("Passes", ["GliaPasses", "GliaTestSupport", "GliaTensors", "GliaGraph"]),
  ("Runtime", ["GliaTensors", "GliaTestSupport", "GliaGraph"]),
  ("Tensors", ["GliaTensors"]),
  ("Tables", ["GliaTables", "CZlib"]),
  ("Formats", ["GliaFormats"]),
  ("Command", ["GliaCommand", "GliaFormats", "GliaNeuralNetworks"]),
  ("CKernels", ["CGliaKernels", "GliaGuardedMemory"]),
  (
    "NeuralNetworks",
    [
      "GliaNeuralNetworks", "GliaTestSupport", "GliaFormats", "GliaTensors", "GliaGraph", "GliaRuntime", "GliaPasses",
    ]
  ),
  (
    "Training",
    [
      "GliaTraining", "GliaNeuralNetworks", "GliaTables", "GliaTensors", "GliaGraph", "GliaRuntime", "GliaFormats",
      "GliaTestSupport", "CGliaKernels", "CAllocationCount", "GliaGuardedMemory",
    ]
  ),
]

func dependencies(_ names: [String]) -> [Target.Dependency] { names.map { .init(stringLiteral: $0) } }

let package = Package(
  name: "Glia",
  platforms: [.macOS(.v14), .iOS(.v17)],
  products: [
    .library(name: "Glia", targets: ["Glia"]),
    .executable(name: "glia", targets: ["GliaCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .target(name: "CGliaKernels", path: "Sources/CKernels"),
    .systemLibrary(name: "CZlib", path: "Sources/CZlib"),
    .executableTarget(
      name: "GliaCommand",
      dependencies: [
        "GliaTraining", "GliaNeuralNetworks", "GliaTables", "GliaFormats", "GliaTensors", "GliaGraph", "GliaPlatform",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Command"),
  ]
    + floors.map {
      .target(name: $0.module, dependencies: dependencies($0.standsOn), path: "Sources/" + $0.folder)
    }
    + [
      .target(name: "CAllocationCount", path: "Tests/AllocationCount"),
      .target(name: "GliaGuardedMemory", path: "Tests/GuardedMemory"),
      .target(
        name: "GliaTestSupport",
        dependencies: ["GliaNeuralNetworks", "GliaFormats", "GliaTensors", "GliaGraph", "GliaRuntime", "GliaPasses"],
        path: "Tests/Support"),
    ]
    + tests.map {
      .testTarget(
        name: "Glia\($0.folder)Tests", dependencies: dependencies($0.standsOn), path: "Tests/" + $0.folder)
    }
)
