"""Which Keras objects a model file may name, and what to use instead of the others.

A name outside these tables is refused before Keras sees it: in Keras 3.15 a config may name any
exported function outside a short deny-list, and some of them act while the model is loading.
"""

from __future__ import annotations

import re


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


SEQUENTIAL = ("keras", "Sequential")
FUNCTIONAL = ("keras.src.models.functional", "Functional")
MODELS = frozenset({SEQUENTIAL, FUNCTIONAL})

_CORE = """
InputLayer Dense EinsumDense Activation ReLU LeakyReLU PReLU ELU Softmax Embedding
ReversibleEmbedding Masking Identity ActivityRegularization
Flatten Reshape Permute RepeatVector
Add Subtract Multiply Average Maximum Minimum Concatenate Dot
Attention AdditiveAttention MultiHeadAttention GroupQueryAttention
BatchNormalization LayerNormalization GroupNormalization UnitNormalization SpectralNormalization
RMSNormalization
Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D AlphaDropout GaussianDropout
GaussianNoise
SimpleRNN SimpleRNNCell LSTM LSTMCell GRU GRUCell RNN StackedRNNCells Bidirectional
TimeDistributed ConvLSTM1D ConvLSTM2D ConvLSTM3D
"""
_CONVOLUTIONS = """
Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose
SeparableConv1D SeparableConv2D DepthwiseConv1D DepthwiseConv2D
Convolution1D Convolution2D Convolution3D Convolution1DTranspose Convolution2DTranspose
Convolution3DTranspose SeparableConvolution1D SeparableConvolution2D
Cropping1D Cropping2D Cropping3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
UpSampling1D UpSampling2D UpSampling3D
MaxPooling1D MaxPooling2D MaxPooling3D MaxPool1D MaxPool2D MaxPool3D
AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D
GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPool3D
GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D
AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D
AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D
"""
_PREPROCESSING = """
Rescaling Resizing CenterCrop Normalization Discretization CategoryEncoding Pipeline
RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop
RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue
RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation
RandomSharpness RandomShear RandomTranslation RandomZoom
AutoContrast Equalization Solarization RandAugment AugMix MixUp CutMix
"""
LAYERS = _names(f"{_CORE} {_CONVOLUTIONS} {_PREPROCESSING}")

INITIALIZERS = _names(
    """
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer
    LecunNormal LecunUniform Ones Orthogonal OrthogonalInitializer RandomNormal RandomUniform
    TruncatedNormal VarianceScaling Zeros
    """
)
REGULARIZERS = frozenset({"L1", "L2", "L1L2", "OrthogonalRegularizer"})
CONSTRAINTS = frozenset({"MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"})
DTYPE_POLICIES = frozenset({"DTypePolicy", "FloatDTypePolicy"})

_ARITHMETIC = """
Abs Absolute Add All Amax Amin Any Append Arange Arccos Arccosh Arcsin Arcsinh Arctan Arctan2
Arctanh Argmax Argmin Argsort Array Average BroadcastTo Ceil Clip Concatenate Copy Cos Cosh
CountNonzero Cross Cumprod Cumsum Diag Diagonal Diff Digitize Divide DivideNoNan Dot Einsum
Equal Exp Exp2 ExpandDims Expm1 Flip Floor FloorDivide Full FullLike GetItem Greater
GreaterEqual Hstack Inner Isclose Isfinite Isinf Isnan Less LessEqual Linspace Log Log10 Log1p
Log2 Logaddexp LogicalAnd LogicalNot LogicalOr LogicalXor Matmul Max Maximum Mean Median
Meshgrid Min Minimum Mod Moveaxis Multiply NanToNum Ndim Negative NotEqual OnesLike Outer Pad
Power Prod Quantile Ravel Reciprocal Repeat Reshape Roll Rot90 Round Select Sign Sin Sinh Size
Sort Split Sqrt Square Squeeze Stack Std Subtract Sum Swapaxes Take TakeAlongAxis Tan Tanh
Tensordot Tile Trace Transpose Tril Triu TrueDivide Trunc Var Vdot Vstack Where ZerosLike
"""
_NETWORK = """
AdaptiveAveragePool AdaptiveMaxPool AveragePool BatchNorm Celu Conv ConvTranspose DepthToSpace
DepthwiseConv DotProductAttention Elu Gelu Glu HardShrink HardSigmoid HardSilu HardTanh
LayerNorm LeakyRelu LogSigmoid LogSoftmax MaxPool Moments MultiHot Normalize OneHot RMSNorm Relu
Relu6 Selu SeparableConv Sigmoid Silu SoftShrink Softmax Softplus Softsign SpaceToDepth
SparsePlus SparseSigmoid Sparsemax Squareplus TanhShrink Threshold
"""
# Not Map, Scan, WhileLoop, Cond and their kin: they take functions.
OPERATIONS: dict[str, frozenset[str]] = {
    "keras.src.ops.numpy": _names(_ARITHMETIC),
    "keras.src.ops.nn": _names(_NETWORK),
    "keras.src.ops.core": _names(
        "Cast ConvertToTensor SaturateCast Slice SliceUpdate StopGradient Unstack"
    ),
    "keras.src.ops.math": _names("Erf Logsumexp Rsqrt SegmentMax SegmentSum TopK"),
    "keras.src.ops.linalg": frozenset({"Norm"}),
    "keras.src.ops.image": _names(
        "AffineTransform CropImages ExtractPatches GaussianBlur PadImages Resize"
    ),
}

CLASSES: dict[str, frozenset[str]] = {
    SEQUENTIAL[0]: frozenset({SEQUENTIAL[1]}) | DTYPE_POLICIES,
    FUNCTIONAL[0]: frozenset({FUNCTIONAL[1]}),
    "keras.layers": LAYERS,
    "keras.initializers": INITIALIZERS,
    "keras.regularizers": REGULARIZERS,
    "keras.constraints": CONSTRAINTS,
    "keras.dtype_policies": DTYPE_POLICIES,
    "keras.random": frozenset({"SeedGenerator"}),
    # ConvNeXt from keras.applications keeps a layer of its own.
    "keras.src.applications.convnext": frozenset({"LayerScale"}),
    **OPERATIONS,
}

ACTIVATIONS = _names(
    """
    celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh
    leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink
    softmax softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus swish tanh
    tanh_shrink threshold
    """
)
# tf.nn's functions keep their TensorFlow names in the file; Keras has each under its own.
ACTIVATION_ALIASES = {"softmax_v2": "softmax", "log_softmax_v2": "log_softmax", "swish_v2": "swish"}

DTYPES = _names(
    """
    bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 bfloat16 float32 float64
    """
)
POLICY_NAMES = frozenset({"float16", "bfloat16", "float32", "float64"}) | {
    "mixed_float16",
    "mixed_bfloat16",
}

_NO_CODE = "It holds code, which is never run here."
_NO_TEXT = "A model of images needs no text or lookup table: leave this layer out."
_NO_SAVED_MODEL = "Rebuild the model from Keras' own layers, train it and save it again."
_SAVE_BEFORE_QUANTIZING = "Save the model before you call quantize()."
SEND_OR_REBUILD = (
    "Send what it predicts: client.submit(model.predict(x)), with x made from "
    "client.test_images() as in training; or rebuild it with keras.Model(inputs, outputs)."
)
_OWN_LAYERS = (
    "Build the model from Keras' own layers, with Sequential or keras.Model(inputs, outputs), "
    "train it and save it again."
)
INSTEAD: dict[str, str] = {
    "Lambda": f"{_NO_CODE} Use Rescaling(1/255), Reshape, Activation or arithmetic such as x / 255 "
    "instead of Lambda, then train and save again.",
    "TFOpLambda": "Save the model again with Keras 3, or use Rescaling(1/255) for arithmetic.",
    "SlicingOpLambda": "Save the model again with Keras 3, or use Cropping2D for slices.",
    "TFSMLayer": _NO_SAVED_MODEL,
    "TorchModuleWrapper": _NO_SAVED_MODEL,
    "JaxLayer": _NO_SAVED_MODEL,
    "FlaxLayer": _NO_SAVED_MODEL,
    "StringLookup": _NO_TEXT,
    "IntegerLookup": _NO_TEXT,
    "TextVectorization": _NO_TEXT,
    "Hashing": _NO_TEXT,
    "HashedCrossing": _NO_TEXT,
    "FeatureSpace": _NO_TEXT,
}
# QuantizedDTypePolicy, Int4DTypePolicy, GPTQDTypePolicy, DTypePolicyMap, Int8QuantizationConfig,
# AbsMaxQuantizer and their kin.
_OF_QUANTIZING = re.compile(r"\w{0,40}(DTypePolicy(Map)?|QuantizationConfig|Quantizer)")


def is_allowed(module: str, class_name: str) -> bool:
    """Whether a config may name this class."""
    return class_name in CLASSES.get(module, ())


def has_substitute(class_name: str) -> bool:
    """Whether it is known what to do instead of using this class."""
    return class_name in INSTEAD or _OF_QUANTIZING.fullmatch(class_name) is not None


def instead_of(class_name: str) -> str:
    """What the author of a refused file can do, as a sentence."""
    if _OF_QUANTIZING.fullmatch(class_name):
        return _SAVE_BEFORE_QUANTIZING
    return INSTEAD.get(class_name, _OWN_LAYERS)
