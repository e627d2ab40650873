"""The operators that an ONNX file may use, each with the settings that it may have.

All of them compute numbers from numbers. Left out on purpose: whatever holds another graph (`If`,
`Loop`, `Scan`), gives something else than tensors, draws random numbers, or picks as many values
as it finds (`NonZero`, `Unique`). Settings are those of opset 13 to 23.
"""

from __future__ import annotations

OLDEST_OPSET, NEWEST_OPSET = 13, 23
ONNX, OF_SCIKIT_LEARN = "", "ai.onnx.ml"
NEWEST_OF_SCIKIT_LEARN = 5

_BY_NUMBER = """
    Abs Acos Acosh Add And Asin Atan Ceil Clip Cos Div Equal Erf Exp Expand Floor Greater
    GreaterOrEqual HardSwish Identity Less LessOrEqual Log MatMul Max Mean Min Mish Mul Neg Not Or
    PRelu Pow Range Reciprocal Relu Round Sigmoid Sign Sin Size Slice Softplus Softsign Sqrt Squeeze
    Sub Sum Tan Tanh Tile Unsqueeze Where Xor GlobalAveragePool GlobalMaxPool
"""
_RECURRENT = "activation_alpha activation_beta activations clip direction hidden_size layout"
_REDUCING = "axes keepdims noop_with_empty_axes"
_WINDOW = "auto_pad dilations kernel_shape pads strides"

_SETTINGS = {
    ONNX: {
        **dict.fromkeys(_BY_NUMBER.split(), ""),
        **{f"Reduce{how}": _REDUCING for how in ("L1", "L2", "Max", "Mean", "Min", "Prod")},
        "ArgMax": "axis keepdims select_last_index",
        "Attention": "is_causal kv_num_heads q_num_heads qk_matmul_output_mode scale softcap "
        "softmax_precision",
        "AveragePool": f"{_WINDOW} ceil_mode count_include_pad",
        "BatchNormalization": "epsilon momentum training_mode",
        "Cast": "saturate to",
        "Celu": "alpha",
        "Concat": "axis",
        "Constant": "value value_float value_floats value_int value_ints",
        "ConstantOfShape": "value",
        "Conv": f"{_WINDOW} group",
        "ConvTranspose": f"{_WINDOW} group output_padding output_shape",
        "CumSum": "exclusive reverse",
        "DepthToSpace": "blocksize mode",
        "Dropout": "seed",
        "Einsum": "equation",
        "Elu": "alpha",
        "Flatten": "axis",
        "GRU": f"{_RECURRENT} linear_before_reset",
        "Gather": "axis",
        "GatherElements": "axis",
        "Gelu": "approximate",
        "Gemm": "alpha beta transA transB",
        "GroupNormalization": "epsilon num_groups stash_type",
        "HardSigmoid": "alpha beta",
        "InstanceNormalization": "epsilon",
        "LRN": "alpha beta bias size",
        "LSTM": f"{_RECURRENT} input_forget",
        "LayerNormalization": "axis epsilon stash_type",
        "LeakyRelu": "alpha",
        "LogSoftmax": "axis",
        "LpNormalization": "axis p",
        "LpPool": f"{_WINDOW} ceil_mode p",
        "MaxPool": f"{_WINDOW} ceil_mode storage_order",
        "Mod": "fmod",
        "Pad": "mode",
        "RMSNormalization": "axis epsilon stash_type",
        "RNN": _RECURRENT,
        "ReduceLogSumExp": _REDUCING,
        "ReduceSum": "keepdims noop_with_empty_axes",
        "ReduceSumSquare": _REDUCING,
        "Reshape": "allowzero",
        "Resize": "antialias axes coordinate_transformation_mode cubic_coeff_a exclude_outside "
        "extrapolation_value keep_aspect_ratio_policy mode nearest_mode",
        "Selu": "alpha gamma",
        "Shape": "end start",
        "Softmax": "axis",
        "SpaceToDepth": "blocksize",
        "Split": "axis num_outputs",
        "ThresholdedRelu": "alpha",
        "Transpose": "perm",
        "Trilu": "upper",
    },
    # What linear models and the preparation of their inputs come to.
    OF_SCIKIT_LEARN: {
        "Binarizer": "threshold",
        "Imputer": "imputed_value_floats replaced_value_float",
        "LinearClassifier": "classlabels_ints coefficients intercepts multi_class post_transform",
        "LinearRegressor": "coefficients intercepts post_transform targets",
        "Normalizer": "norm",
        "Scaler": "offset scale",
    },
}
SETTINGS = {
    domain: {name: frozenset(known.split()) for name, known in operators.items()}
    for domain, operators in _SETTINGS.items()
}
# Stands between a classifier's probabilities and its last output, a list of dicts: passed over.
ZIP_MAP = "ZipMap"
# Convolutions want small batches, as in the lane.
CONVOLUTIONS = frozenset({"Conv", "ConvTranspose"})
